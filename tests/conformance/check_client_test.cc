// `check --role client` as a user runs it.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "checking_test.h"

namespace eagain {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CheckClientTest : public CheckingTest {
 protected:
  int check(std::vector<std::string> options, const std::vector<std::string>& client) {
    options.insert(options.begin(), {"--role", "client"});
    const int status = CheckingTest::check(std::move(options), client);
    EXPECT_EQ(errors_, "");
    return status;
  }
};

TEST_F(CheckClientTest, TheClientThatComesWithItConforms) {
  EXPECT_EQ(check({}, {EAGAIN_PROGRAM, "client", "{host}", "{port}"}), 0) << output_;
  EXPECT_THAT(output_, AllOf(HasSubstr("pass    client/round-trip"),
                             HasSubstr("  client   8 of  8"), HasSubstr("The client conforms.")));
  EXPECT_EQ(report_["role"], "client");
  const json& checks = report_["checks"];
  EXPECT_TRUE(std::all_of(checks.begin(), checks.end(),
                          [](const json& one) { return one["family"] == "client"; }));
}

TEST_F(CheckClientTest, AServersRunHasNoChecksOfClients) {
  Program program({EAGAIN_PROGRAM, "check", "--only", "*/*empt*", "--", "true"});
  EXPECT_EQ(program.wait(), 2);
  EXPECT_THAT(program.errors(), HasSubstr("'*/*empt*' is about a client"));
}

TEST_F(CheckClientTest, AFailureIsToldInAClientsWordsWithTheCommandThatShowsItAgain) {
  EXPECT_EQ(check({"--only", "client/end-of-input"}, {"/usr/bin/python3", "-c", R"(
import socket, sys
server = socket.create_connection((sys.argv[1], int(sys.argv[2])))
while True:
    server.sendall(input().encode())
    print('got', server.recv(100).decode()))",
                                                      "{host}", "{port}"}),
            1);
  EXPECT_THAT(output_,
              AllOf(HasSubstr("FAIL client/end-of-input"), HasSubstr("EOFError"),
                    HasSubstr("  client    ended: exit status 1; its last output:"),
                    HasSubstr("typed: \"hello\\n\""), HasSubstr("the input ends"),
                    HasSubstr("--role client --"), Not(HasSubstr("the server has ended"))));
}

TEST_F(CheckClientTest, APortThatIsBuiltInIsServed) {
  const auto client = [](const std::string& isolation) {
    return std::vector<std::string>{"--port", "18417",          "--only",      "client/exit",
                                    "--only", "client/refused", "--isolation", isolation};
  };
  const std::vector<std::string> command = {EAGAIN_PROGRAM, "client", "18417"};
  EXPECT_EQ(check(client("auto"), command), 0) << output_;
  EXPECT_EQ(check(client("process"), command), 0) << output_;
}

TEST_F(CheckClientTest, FlakinessIsItsOwnVerdict) {
  const std::string mark = report_path() + ".mark";
  EXPECT_EQ(
      check({"--only", "client/exit", "--repeat", "2", "--jobs", "1", "--timeout-scale", "0.2"},
            {"/bin/sh", "-c",
             "if [ -e " + mark + " ]; then sleep 1000; fi; touch " + mark + "; exec " +
                 EAGAIN_PROGRAM + " client {port}"}),
      4)
      << output_;
  fs::remove(mark);
}

}  // namespace
}  // namespace eagain
