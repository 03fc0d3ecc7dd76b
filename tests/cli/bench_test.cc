#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "program.h"

namespace eagain {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

Program Bench(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {EAGAIN_PROGRAM, "bench"});
  return Program(std::move(arguments));
}

std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

struct Refusal {
  std::vector<std::string> arguments;
  std::string says;
};
void PrintTo(const Refusal& refusal, std::ostream* os) { *os << refusal.says; }

class BenchUsageTest : public testing::TestWithParam<Refusal> {};

TEST_P(BenchUsageTest, IsRefusedInOneLine) {
  Program program = Bench(GetParam().arguments);
  EXPECT_EQ(program.wait(), 2);
  EXPECT_THAT(program.errors(), HasSubstr(GetParam().says));
  EXPECT_THAT(program.errors(), MatchesRegex("eagain: [^\n]*\n"));
  EXPECT_EQ(program.output(), "");
}

INSTANTIATE_TEST_SUITE_P(
    BadInput, BenchUsageTest,
    testing::Values(
        Refusal{{"epol"}, "there is no strategy 'epol'; there are: blocking"},
        Refusal{{"epoll", "epoll"}, "two servers are called 'epoll'"},
        Refusal{{"epoll", "--baseline", "floor"}, "no server here is called 'floor'"},
        Refusal{{"--vs", "name="}, "--vs 'name=': no command"},
        Refusal{{"--vs", ""}, "--vs '': no command"},
        Refusal{{"--vs", "x=exit 7"}, "x is no server that can be measured: "},
        Refusal{{"--vs", "no-such-program {port}"}, "no-such-program"},
        Refusal{{"epoll", "--measure", "speed"}, "there is no 'speed'; there are: rate"},
        Refusal{{"epoll", "--clients", "0"}, "--clients"},
        Refusal{{"epoll", "--clients", "many"}, "--clients"},
        Refusal{{"epoll", "--idle", "-1"}, "--idle"}, Refusal{{"epoll", "--pairs", "0"}, "--pairs"},
        Refusal{{"epoll", "--server-cpu", "4096"}, "--server-cpu 4096: there is no such CPU"},
        Refusal{{"epoll", "--report", "pdf=x"}, "formats: json, html, svg"},
        Refusal{{"epoll", "--report", "json=/no/such/folder/x"}, "/no/such/folder"}));

class BenchTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }

 private:
  const std::string folder_ = testing::TempDir() + "bench_test." + std::to_string(::getpid());
};

TEST_F(BenchTest, ComparesAStrategyWithAnotherCommandAndWritesEveryReport) {
  Program program =
      Bench({"epoll", "--vs",
             std::string("poll-by-command='") + EAGAIN_PROGRAM + "' serve poll --port {port}",
             "--measure", "rate,idle,memory", "--clients", "1,3", "--idle", "0,20", "--pairs", "3",
             "--slice", "5", "--report", "json=" + file("b.json"), "--report",
             "svg=" + file("b.svg"), "--report", "html=" + file("b.html")});
  EXPECT_EQ(program.wait(), 0) << program.errors();
  EXPECT_THAT(program.output(), AllOf(HasSubstr("against itself, 3 pairs"),
                                      HasSubstr("3 clients, messages of 64 bytes (3 pairs)"),
                                      HasSubstr("poll-by-command"), HasSubstr("memory of 20")));
  const json value = json::parse(Read(file("b.json")));
  EXPECT_FALSE(value["interrupted"]);
  EXPECT_THAT(value["command"].get<std::string>(), HasSubstr("bench epoll --vs"));
  EXPECT_EQ(value["servers"].size(), 2);
  EXPECT_EQ(value["measures"].size(), 6);
  EXPECT_THAT(Read(file("b.svg")), HasSubstr("poll-by-command</text>"));
  EXPECT_THAT(Read(file("b.html")), HasSubstr("<td>poll-by-command</td>"));
}

TEST_F(BenchTest, InterruptKeepsWhatIsDone) {
  Program program = Bench({"epoll", "--measure", "rate", "--clients", "1", "--pairs", "60",
                           "--slice", "1", "--report", "json=" + file("b.json")});
  // The first line comes with the first turn; the second once a twentieth of all is done.
  EXPECT_THAT(program.read_error_line(), HasSubstr("[0/180]"));
  EXPECT_THAT(program.read_error_line(), HasSubstr("/180]"));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait(), 1);
  EXPECT_THAT(program.output(), HasSubstr("interrupted: this is what was done by then"));
  const json value = json::parse(Read(file("b.json")));
  EXPECT_TRUE(value["interrupted"]);
  EXPECT_GT(value["measures"][0]["servers"][0]["samples"].size(), 1);
}

TEST_F(BenchTest, JsonOnStandardOutputIsAloneThere) {
  Program program =
      Bench({"epoll", "--measure", "calls", "--pairs", "1", "--slice", "1", "--report", "json=-"});
  EXPECT_EQ(program.wait(), 0);
  EXPECT_EQ(json::parse(program.output())["schema"], "eagain/bench/v1");
}

}  // namespace
}  // namespace eagain
