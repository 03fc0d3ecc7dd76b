#include "eagain/runner/memory_pass.h"

#include <gmock/gmock.h>

#include <array>

#include "fake_catalogue.h"

namespace eagain::runner {
namespace {

using checks::Concern;
using checks::MemoryFindings;
using checks::MemoryReport;
using checks::MemoryTool;
using checks::Verdict;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::array kChecks = {
    Fake("lifecycle/listens"),    Fake("echo/one-byte"),         Fake("echo/large"),
    Fake("resources/idle-alone"), Fake("strategy/claimed-call"), Fake("disconnect/memory"),
    Fake("memory/address"),       Fake("memory/race"),           Fake("memory/leak"),
};
const CheckList kMemoryChecks = {&kChecks[6], &kChecks[7], &kChecks[8]};

MemoryReport Report(Concern concern, const std::string& where, uint64_t bytes = 0) {
  return {.concern = concern,
          .tool = "AddressSanitizer",
          .kind = concern == Concern::kLeak ? "memory leak" : "heap-buffer-overflow",
          .pid = 7,
          .lines = {"WRITE of size 1", "  #0 " + where},
          .bytes = bytes,
          .text = "==7==ERROR: " + where,
          .key = "heap-buffer-overflow, at " + where};
}

CheckResult Ran(const checks::Check& check, std::vector<MemoryReport> reports,
                const std::string& no_leak_check = "") {
  CheckResult result;
  result.check = &check;
  result.verdict = Verdict::kPass;
  result.outcome.memory = MemoryFindings{
      .reports = std::move(reports), .no_leak_check = no_leak_check, .sanitizers = {}};
  return result;
}

class JudgeMemoryTest : public testing::Test {
 protected:
  std::vector<CheckResult> judge() { return JudgeMemory(kMemoryChecks, second_, tools_, {}); }
  CheckResult address() { return judge()[0]; }
  CheckResult race() { return judge()[1]; }
  CheckResult leak() { return judge()[2]; }

  RunResult second_;
  MemoryTools tools_{.tool = MemoryTool::kSanitizers, .sanitizers = {"AddressSanitizer"}};
};

TEST_F(JudgeMemoryTest, NothingReportedPassesWhatTheToolLooksFor) {
  second_.checks = {Ran(kChecks[1], {}), Ran(kChecks[2], {})};
  EXPECT_EQ(address().verdict, Verdict::kPass);
  EXPECT_EQ(leak().verdict, Verdict::kPass);
  EXPECT_EQ(race().verdict, Verdict::kSkip);
  EXPECT_EQ(race().skip, SkipKind::kNotApplicable);
  EXPECT_THAT(race().outcome.reason, HasSubstr("-fsanitize=thread"));
}

TEST_F(JudgeMemoryTest, OneMistakeIsToldOnceWithWhereAndHowOften) {
  second_.checks = {Ran(kChecks[1], {Report(Concern::kAddress, "serve a.c:1")}),
                    Ran(kChecks[2], {Report(Concern::kAddress, "serve a.c:1"),
                                     Report(Concern::kAddress, "leave a.c:9"),
                                     Report(Concern::kAddress, "serve a.c:1")})};
  const CheckResult result = address();
  EXPECT_EQ(result.verdict, Verdict::kFail);
  EXPECT_THAT(result.outcome.actual,
              AllOf(HasSubstr("heap-buffer-overflow, 3 times in 2 checks, first in echo/one-byte\n"
                              "  WRITE of size 1\n    #0 serve a.c:1\n"),
                    HasSubstr("once in 1 check, first in echo/large")));
  EXPECT_THAT(result.outcome.steps,
              ElementsAre("echo/one-byte, echo/large: heap-buffer-overflow, at serve a.c:1",
                          "echo/large: heap-buffer-overflow, at leave a.c:9"));
  EXPECT_EQ(result.outcome.server_output, "==7==ERROR: serve a.c:1");
  EXPECT_EQ(result.seen_in, "echo/one-byte");
  EXPECT_THAT(result.runs, ElementsAre(Verdict::kFail));
  EXPECT_EQ(leak().verdict, Verdict::kPass);
}

TEST_F(JudgeMemoryTest, OfManyMistakesTheFirstAreShownAndAllAreNamed) {
  for (const char* where : {"a", "b", "c", "d", "e"}) {
    second_.checks.push_back(Ran(kChecks[1], {Report(Concern::kAddress, where)}));
  }
  EXPECT_THAT(address().outcome.actual, HasSubstr("and 2 more mistakes"));
  EXPECT_EQ(address().outcome.steps.size(), 5U);
}

TEST_F(JudgeMemoryTest, LeaksAreSummedUp) {
  second_.checks = {Ran(kChecks[1], {Report(Concern::kLeak, "come a.c:3", 100)}),
                    Ran(kChecks[2], {Report(Concern::kLeak, "come a.c:3", 50)})};
  EXPECT_EQ(leak().verdict, Verdict::kFail);
  EXPECT_THAT(leak().outcome.actual, HasSubstr("150 bytes in 2 checks"));
  EXPECT_EQ(address().verdict, Verdict::kPass);
}

TEST_F(JudgeMemoryTest, LeaksThatNobodyLookedForAreNotPassed) {
  second_.checks = {Ran(kChecks[1], {}, "killed by SIGTERM"),
                    Ran(kChecks[2], {}, "killed by SIGTERM"),
                    Ran(kChecks[0], {}, "clients were still connected")};
  EXPECT_EQ(leak().verdict, Verdict::kSkip);
  EXPECT_EQ(leak().skip, SkipKind::kNotApplicable);
  EXPECT_EQ(leak().outcome.reason, "killed by SIGTERM");
  second_.checks.push_back(Ran(kChecks[2], {}));
  EXPECT_EQ(leak().verdict, Verdict::kPass);
}

TEST_F(JudgeMemoryTest, AServerThatDoesNotGetFarIsNotPassed) {
  CheckResult unreached;
  unreached.check = &kChecks[2];
  unreached.verdict = Verdict::kSkip;
  unreached.skip = SkipKind::kNotReached;
  unreached.outcome.reason = "not reached: nothing is echoed (echo/one-byte)";
  second_.checks = {Ran(kChecks[1], {}), unreached};
  second_.checks[0].verdict = Verdict::kFail;
  second_.checks[0].outcome.actual = "the server ended\nout of memory";
  EXPECT_EQ(address().skip, SkipKind::kNotReached);
  EXPECT_THAT(address().outcome.reason, HasSubstr("watched: the server ended; out of memory"));
  EXPECT_THAT(address().outcome.reason, HasSubstr("nothing is echoed (echo/one-byte)"));
  second_.checks[0] = Ran(kChecks[1], {Report(Concern::kAddress, "serve a.c:1")});
  EXPECT_EQ(address().verdict, Verdict::kFail) << "it tells why";
}

TEST_F(JudgeMemoryTest, ThreadSanitizerFindsRacesAndNoLeaks) {
  tools_.sanitizers = {"ThreadSanitizer"};
  second_.checks = {Ran(kChecks[1], {Report(Concern::kRace, "push a.c:1")}, "not asked for")};
  EXPECT_EQ(race().verdict, Verdict::kFail);
  EXPECT_EQ(address().skip, SkipKind::kNotApplicable);
  EXPECT_EQ(leak().skip, SkipKind::kNotApplicable);
}

TEST_F(JudgeMemoryTest, ValgrindFindsNoRaces) {
  tools_ = {.tool = MemoryTool::kValgrind, .sanitizers = {}};
  second_.checks = {Ran(kChecks[1], {})};
  EXPECT_EQ(address().verdict, Verdict::kPass);
  EXPECT_EQ(race().skip, SkipKind::kNotApplicable);
  EXPECT_EQ(leak().verdict, Verdict::kPass);
}

TEST(SituationsTest, AreTheGatesAndWhatDoesSomethingNew) {
  CheckList all;
  for (const checks::Check& check : kChecks) {
    all.push_back(&check);
  }
  EXPECT_THAT(Situations(kChecks, all), ElementsAre(&kChecks[0], &kChecks[1], &kChecks[2]));
  EXPECT_THAT(Situations(kChecks, {&kChecks[2]}),
              ElementsAre(&kChecks[0], &kChecks[1], &kChecks[2]));
  EXPECT_THAT(Situations(kChecks, {}), ElementsAre(&kChecks[0], &kChecks[1]));
}

TEST(WatchedTest, HasMorePatienceAndExcusesNothing) {
  RunOptions first;
  first.command.fixed_port = 8080;
  first.repeat = 5;
  first.limits = {{.checks = "echo", .reason = "by design"}};
  const MemoryTools tools{.tool = MemoryTool::kValgrind, .sanitizers = {}};
  const RunOptions second = Watched(first, {"./server"}, tools);
  EXPECT_THAT(second.command.argv, ElementsAre("./server"));
  EXPECT_EQ(second.command.fixed_port, 8080);
  EXPECT_EQ(second.repeat, 1);
  EXPECT_THAT(second.limits, IsEmpty());
  EXPECT_GT(second.patience.busy, first.patience.busy);
  ASSERT_TRUE(second.memory);
  EXPECT_TRUE(second.memory->leaks);
}

TEST(MemoryNotReachedTest, SaysWhyOfEach) {
  const auto results = MemoryNotReached(kMemoryChecks, "it does not build", {});
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[2].skip, SkipKind::kNotReached);
  EXPECT_EQ(results[2].outcome.reason, "not reached: it does not build");
}

}  // namespace
}  // namespace eagain::runner
