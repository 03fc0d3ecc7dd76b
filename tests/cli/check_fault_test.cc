// `check --fault`: the catalogue with a fault plan on top.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "program.h"

namespace eagain {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Ran {
  int status = 0;
  std::string output;  // the report, as JSON
  std::string errors;  // what is for people
};

Ran Check(std::vector<std::string> options, const std::string& strategy = "epoll") {
  std::vector<std::string> all = {EAGAIN_PROGRAM, "check", "--report", "json=-"};
  all.insert(all.end(), options.begin(), options.end());
  all.insert(all.end(), {"--", EAGAIN_PROGRAM, "serve", strategy, "--port", "{port}"});
  Program program(all);
  program.end_input();
  Ran ran;
  ran.status = program.wait();
  ran.output = program.output();
  ran.errors = program.errors();
  return ran;
}

TEST(CheckFaultTest, APlanThatNoKernelFollowsIsRefusedBeforeAnythingRuns) {
  const Ran ran = Check({"--fault", "recv EADDRINUSE"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.errors, AllOf(HasSubstr("recv cannot fail with EADDRINUSE"), HasSubstr("^")));
  EXPECT_THAT(ran.output, IsEmpty());
}

TEST(CheckFaultTest, AHostilePlanIsRefusedUnlessItIsAskedFor) {
  const Ran ran = Check({"--fault", "recv EAGAIN on blocking client"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.errors, HasSubstr("--hostile"));
}

TEST(CheckFaultTest, TheReportNamesThePlanItsSeedAndWhatNeverFired) {
  const Ran ran = Check({"--only", "echo/large", "--fault",
                         "seed 7; send short 1000 on client every 2; accept EMFILE at 99"});
  EXPECT_EQ(ran.status, 0) << ran.errors;
  const json report = json::parse(ran.output);
  EXPECT_EQ(report.at("fault").at("plan"),
            "send short 1000 on client every 2; accept EMFILE at 99");
  EXPECT_EQ(report.at("fault").at("seed"), 7);
  EXPECT_EQ(report.at("fault").at("hostile"), false);
  EXPECT_THAT(report.at("fault").at("never_fired"), ElementsAre("accept EMFILE at 99"));
  EXPECT_THAT(report.at("checks").at(0).at("faults"), Not(IsEmpty()));
  EXPECT_THAT(ran.errors,
              AllOf(HasSubstr("Under the fault plan: send short 1000"), HasSubstr("seed 7"),
                    HasSubstr("never fired, and so proves nothing: accept EMFILE at 99")));
}

TEST(CheckFaultTest, AHostilePlanIsCalledSoInEveryReport) {
  const Ran ran = Check({"--only", "echo/one-byte", "--hostile", "--fault",
                         "recv EAGAIN on blocking client at 2 once"},
                        "blocking");
  const json report = json::parse(ran.output);
  EXPECT_EQ(report.at("fault").at("hostile"), true);
  EXPECT_THAT(report.at("checks").at(0).at("repro"), HasSubstr("--hostile"));
  EXPECT_THAT(ran.errors, HasSubstr("Under the hostile fault plan"));
}

TEST(CheckFaultTest, AFaultThatAServerCannotTakeFailsAndHowToSeeItAgainIsSaid) {
  const Ran ran = Check({"--only", "echo/round-trips", "--fault", "recv reset on client 1 at 2"});
  EXPECT_EQ(ran.status, 1) << ran.errors;
  const json report = json::parse(ran.output);
  EXPECT_THAT(report.at("checks").at(0).at("repro"),
              HasSubstr("--fault 'recv reset on client 1 at 2'"));
}

}  // namespace
}  // namespace eagain
