#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "family_test_name.h"
#include "verdict_of.h"

namespace eagain::checks {
namespace {

using testing::IsEmpty;
using testing::Not;

// A pass shows that a fault fired; a skip says why none could.
MATCHER(PassesOrDoesNotApply, "") {
  return (arg.verdict == Verdict::kPass && !arg.faults.empty()) ||
         (arg.verdict == Verdict::kSkip && !arg.reason.empty());
}

class FaultChecksTest : public testing::TestWithParam<Check> {};

TEST_P(FaultChecksTest, PassesOnAMultiplexingServer) {
  EXPECT_THAT(VerdictOf(GetParam().id, RightServer()), PassesOrDoesNotApply());
}

TEST_P(FaultChecksTest, PassesOnAnEdgeTriggeredServer) {
  EXPECT_THAT(VerdictOf(GetParam().id, EdgeTriggeredServer(16)), PassesOrDoesNotApply());
  EXPECT_THAT(VerdictOf(GetParam().id, Student("epoll-et")), PassesOrDoesNotApply());
}

TEST_P(FaultChecksTest, PassesOnBlockingServers) {
  EXPECT_THAT(VerdictOf(GetParam().id, Student("threads")), PassesOrDoesNotApply());
  EXPECT_THAT(VerdictOf(GetParam().id, Student("processes")), PassesOrDoesNotApply());
  EXPECT_THAT(VerdictOf(GetParam().id, Student("blocking")), PassesOrDoesNotApply());
}

// What goes wrong at every second call always goes wrong at the same of its two.
TEST_P(FaultChecksTest, PassesOnAServerWithARhythm) {
  EXPECT_THAT(VerdictOf(GetParam().id, PeekingServer()), PassesOrDoesNotApply());
}

INSTANTIATE_TEST_SUITE_P(All, FaultChecksTest, testing::ValuesIn(FaultChecks()), SlugOf);

// What needs the injector is skipped, and never failed, where there is none.
TEST_P(FaultChecksTest, IsNeverFailedWithoutAnInjector) {
  EXPECT_THAT(VerdictWithoutInjector(GetParam().id, RightServer()), PassesOrDoesNotApply());
}

struct Defective {
  std::string check;
  std::string strategy;
  std::string defect;
  std::string says;  // what the failure says
};

class DefectTest : public testing::TestWithParam<Defective> {};

TEST_P(DefectTest, FailsTheCheckThatNamesItAndShowsTheFault) {
  const Defective& one = GetParam();
  const Outcome outcome = VerdictOf(one.check, Student(one.strategy, one.defect));
  EXPECT_THAT(outcome, FailsSaying(one.says));
  EXPECT_THAT(outcome.faults, Not(IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(
    Student, DefectTest,
    testing::Values(
        Defective{"fault/tiny-send-buffer", "poll", "tail-dropped", "bytes are missing"},
        Defective{"fault/tiny-send-buffer", "epoll", "write-interest-never", "nothing more came"},
        Defective{"fault/send-short", "epoll", "tail-dropped", "replay: send short 1"},
        Defective{"fault/send-short", "select", "whole-buffer-again", "replay: send short 1"},
        Defective{"fault/recv-eagain", "poll", "recv-eagain-closes", "replay: recv EAGAIN"},
        Defective{"fault/send-eagain", "epoll-et", "send-eagain-closes", "replay: send EAGAIN"},
        Defective{"fault/accept-eagain", "epoll", "accept-eagain-fatal", "exit status 1"},
        Defective{"fault/accept-econnaborted", "poll", "econnaborted-fatal", "exit status 1"},
        Defective{"fault/accept-econnaborted", "threads", "econnaborted-fatal", "exit status 1"},
        Defective{"fault/accept-emfile", "select", "emfile-fatal", "exit status 1"},
        Defective{"fault/accept-emfile", "blocking", "emfile-fatal", "exit status 1"},
        Defective{"fault/accept-emfile", "epoll", "emfile-gives-up", ""},
        Defective{"fault/wait-eintr", "epoll", "eintr-fatal", "exit status 1"},
        Defective{"fault/wait-eintr", "epoll-et", "eintr-fatal", "exit status 1"},
        Defective{"fault/wait-eintr", "poll", "eintr-fatal", "exit status 1"},
        Defective{"fault/wait-eintr", "select", "eintr-fatal", "exit status 1"},
        Defective{"fault/wait-reordered", "epoll", "listener-first-event", ""},
        Defective{"fault/recv-reset", "epoll", "econnreset-fatal", "exit status 1"},
        Defective{"fault/send-epipe", "epoll", "sigpipe", "SIGPIPE"},
        Defective{"fault/sweep", "poll", "recv-eagain-closes", "replay: recv EAGAIN"}),
    [](const auto& test) {
      std::string name =
          test.param.check.substr(6) + "_" + test.param.strategy + "_" + test.param.defect;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(DoubleCloseTest, FailsOnASecondCloseAndNamesTheDescriptor) {
  for (const char* strategy : {"select", "epoll"}) {
    EXPECT_THAT(VerdictOf("disconnect/double-close", Student(strategy, "double-close")),
                FailsSaying("says EBADF"));
  }
}

// By the second close the number may be a newcomer's already, in another thread: then it succeeds, and the
// newcomer is the evidence.
TEST(DoubleCloseTest, FailsOnASecondCloseThatMeetsANewcomer) {
  EXPECT_THAT(VerdictOf("disconnect/double-close", Student("threads", "double-close")),
              FailsSaying(""));
}

TEST(DoubleCloseTest, PassesOnServersThatCloseOnce) {
  EXPECT_THAT(VerdictOf("disconnect/double-close", RightServer()), Passes());
  EXPECT_THAT(VerdictOf("disconnect/double-close", Student("processes")), Passes());
  EXPECT_THAT(VerdictOf("disconnect/double-close", Student("threads")), Passes());
}

}  // namespace
}  // namespace eagain::checks
