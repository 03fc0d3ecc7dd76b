// `grade` as a teacher runs it.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "program.h"

namespace eagain {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::vector<std::string> kGoodServer = {EAGAIN_PROGRAM, "serve", "epoll", "--port", "{port}"};

class GradeTest : public testing::Test {
 protected:
  GradeTest() {
    std::string pattern = testing::TempDir() + "/eagain-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~GradeTest() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  int grade(const std::string& rubric, std::vector<std::string> options,
            const std::vector<std::string>& server) {
    options.insert(
        options.begin(),
        {"/usr/bin/env", "-C", folder_, EAGAIN_PROGRAM, "grade", "--allow-weak-sandbox", "--rubric",
         write("rubric.toml", rubric), "--report", "json=" + (folder_ / "report.json").string()});
    options.emplace_back("--");
    options.insert(options.end(), server.begin(), server.end());
    Program program(options);
    program.end_input();
    const int status = program.wait();
    output_ = program.output();
    errors_ = program.errors();
    std::ifstream file(folder_ / "report.json");
    report_ = json::parse(file, nullptr, false);
    return status;
  }

  fs::path folder_;
  std::string output_;
  std::string errors_;
  json report_;
};

TEST_F(GradeTest, AServerThatDoesAllGetsAllPoints) {
  EXPECT_EQ(grade("title = 'Lab'\n[[item]]\nname = 'Echo'\nchecks = 'echo/*-*'\npoints = 30\n"
                  "[[item]]\nname = 'Two'\nchecks = 'concurrency/second-client'\npoints = 12.5\n",
                  {}, kGoodServer),
            0)
      << output_ << errors_;
  EXPECT_THAT(output_, AllOf(HasSubstr("Lab\n"), HasSubstr("Echo      30 of     30"),
                             HasSubstr("Score: 42.5 of 42.5")));
  EXPECT_EQ(report_["grading"]["title"], "Lab");
  EXPECT_EQ(report_["summary"]["score"], 42.5);
}

TEST_F(GradeTest, AServerThatServesOneClientLosesThosePointsAndReachesNoMore) {
  EXPECT_EQ(grade("[[item]]\nname = 'Echo'\nchecks = 'echo/one-byte'\npoints = 30\n"
                  "[[item]]\nname = 'Two'\nchecks = 'concurrency/second-client'\npoints = 10\n"
                  "[[item]]\nname = 'Many'\nchecks = 'concurrency/many-clients'\npoints = 10\n"
                  "requires = 'concurrency/second-client'\npartial_credit = true\n",
                  {}, {EAGAIN_PROGRAM, "serve", "blocking", "--port", "{port}"}),
            1)
      << output_ << errors_;
  EXPECT_THAT(output_, HasSubstr("Score: 30 of 50"));
  EXPECT_THAT(output_, HasSubstr("not reached: it has to pass first (concurrency/second-client)"));
}

// 60 clients, and no more.
constexpr const char* kSixty = R"(
import selectors, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
clients = 0
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            client, _ = listener.accept()
            clients += 1
            if clients > 60:
                client.close()
            else:
                selector.register(client, selectors.EVENT_READ)
        else:
            data = key.fileobj.recv(4096)
            if data:
                key.fileobj.sendall(data)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
)";

TEST_F(GradeTest, WhoServesSixtyOfAHundredGetsThatPart) {
  EXPECT_EQ(grade("[[item]]\nname = 'Many'\nchecks = 'concurrency/many-clients'\npoints = 10\n"
                  "partial_credit = true\n",
                  {}, {"/usr/bin/python3", "-c", kSixty, "{port}"}),
            1)
      << output_ << errors_;
  EXPECT_EQ(report_["checks"][0]["partial"],
            json({{"done", 60}, {"of", 100}, {"what", "clients served"}}));
  EXPECT_EQ(report_["summary"]["score"], 6.0);
  Program validate({"/usr/bin/python3", "-c",
                    "import json, sys\nfrom jsonschema import validate\n"
                    "validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))",
                    EAGAIN_REPORT_SCHEMA, folder_ / "report.json"});
  EXPECT_EQ(validate.wait(), 0) << validate.errors();
}

TEST_F(GradeTest, ABadRubricIsToldWithItsPlaceAndNothingRuns) {
  EXPECT_EQ(grade("[[item]]\nname = 'a'\nchecks = 'ecko'\npoints = 1\n", {},
                  {"/usr/bin/touch", folder_ / "ran"}),
            2);
  EXPECT_THAT(errors_, AllOf(StartsWith("eagain: "), HasSubstr("rubric.toml:3:10: "),
                             HasSubstr("\n           ^~~~~~\n")));
  EXPECT_FALSE(fs::exists(folder_ / "ran"));
}

TEST_F(GradeTest, NoCheckChosenIsAnErrorAndNeverFullMarks) {
  const std::string rubric = "[[item]]\nname = 'a'\nchecks = 'echo'\npoints = 1\n";
  EXPECT_EQ(grade(rubric, {"--only", "lifecycle"}, kGoodServer), 2);
  EXPECT_THAT(errors_, HasSubstr("leave out all that the rubric names"));
  EXPECT_FALSE(fs::exists(folder_ / "report.json"));
}

TEST_F(GradeTest, AnotherStrategyThanTheRubricRequiresIsRefused) {
  EXPECT_EQ(grade("strategy = 'select'\n[[item]]\nname = 'a'\nchecks = 'echo'\npoints = 1\n",
                  {"--strategy", "poll"}, kGoodServer),
            2);
  EXPECT_THAT(errors_, HasSubstr("the rubric requires a server of strategy select"));
}

}  // namespace
}  // namespace eagain
