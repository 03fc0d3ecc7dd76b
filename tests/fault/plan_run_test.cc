// When rules fire: counting, arming, subjects, chance, several rules at once, and the moment's
// legality.
#include "eagain/fault/plan/plan_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <thread>

#include "eagain/fault/plan/parser.h"
#include "eagain/fault/plan/printer.h"

namespace eagain::fault {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Plan Parse(const std::string& text) {
  const ParsedPlan parsed = ParsePlan(text, {.hostile = true});
  EXPECT_TRUE(parsed.ok()) << parsed.error_text();
  return parsed.plan;
}

// A recv on a non-blocking, level-triggered client.
CallEvent Recv(uint64_t connection = 1) {
  CallEvent event;
  event.call = Call::kRecv;
  event.fd = 10 + static_cast<int>(connection);
  event.role = Role::kClient;
  event.connection = connection;
  event.asked = 4096;
  event.non_blocking = true;
  event.can_reset = true;
  return event;
}

CallEvent Accept() {
  CallEvent event;
  event.call = Call::kAccept4;
  event.fd = 3;
  event.role = Role::kListener;
  event.non_blocking = true;
  event.can_consume = true;
  return event;
}

CallEvent EpollWait(uint64_t room = 64) {
  CallEvent event;
  event.call = Call::kEpollWait;
  event.fd = 4;
  event.asked = room;
  return event;
}

// A listening server's run of `plan`.
class PlanRunTest : public testing::Test {
 protected:
  PlanRun& start(const std::string& plan, PlanRun::Options options = {}) {
    run_.emplace(Parse(plan), options);
    run_->listening();
    return *run_;
  }

  // Which of `count` such calls a fault meets.
  std::vector<int> fires(const CallEvent& event, int count) {
    std::vector<int> calls;
    for (int i = 1; i <= count; ++i) {
      if (const std::optional<Fault> fault = run_->decide(event).fault) {
        run_->fired(*fault, event, "it");
        calls.push_back(i);
      }
    }
    return calls;
  }

  std::optional<PlanRun> run_;
};

TEST_F(PlanRunTest, ARuleFiresOnEveryCallUnlessItSaysOtherwise) {
  start("recv short 1");
  EXPECT_THAT(fires(Recv(), 3), ElementsAre(1, 2, 3));
}

TEST_F(PlanRunTest, AtFiresOnce) {
  start("recv short 1 at 3");
  EXPECT_THAT(fires(Recv(), 9), ElementsAre(3));
}

TEST_F(PlanRunTest, ARangeIncludesBothEnds) {
  start("recv short 1 from 2 to 4");
  EXPECT_THAT(fires(Recv(), 9), ElementsAre(2, 3, 4));
}

TEST_F(PlanRunTest, EveryCountsFromTheBeginningOfTheRange) {
  start("recv short 1 every 3");
  EXPECT_THAT(fires(Recv(), 9), ElementsAre(3, 6, 9));
  start("recv short 1 from 5 to 10 every 3");
  EXPECT_THAT(fires(Recv(), 12), ElementsAre(7, 10));
}

TEST_F(PlanRunTest, TimesBoundsHowOftenItFires) {
  start("recv short 1 every 2 at most 2 times");
  EXPECT_THAT(fires(Recv(), 12), ElementsAre(2, 4));
}

TEST_F(PlanRunTest, NothingIsCountedBeforeTheServerListens) {
  run_.emplace(Parse("recv short 1 at 1; recv short 2 at 1 from the start"));
  EXPECT_EQ(run_->decide(Recv()).fault->rule, 1u);
  run_->listening();
  EXPECT_EQ(run_->decide(Recv()).fault->rule, 0u);
}

TEST_F(PlanRunTest, SubjectsSelectByRoleConnectionAndMode) {
  start("close EIO on listener; recv short 1 on client 2; recv short 2 on blocking client");
  CallEvent close = Recv();
  close.call = Call::kClose;
  close.can_close = true;
  EXPECT_THAT(fires(close, 1), IsEmpty());
  close.role = Role::kListener;
  EXPECT_THAT(fires(close, 1), ElementsAre(1));
  EXPECT_THAT(fires(Recv(1), 1), IsEmpty());
  EXPECT_EQ(run_->decide(Recv(2)).fault->rule, 1u);
  CallEvent blocking = Recv(1);
  blocking.non_blocking = false;
  EXPECT_EQ(run_->decide(blocking).fault->rule, 2u);
}

TEST_F(PlanRunTest, OtherDescriptorsAreLeftAlone) {
  start("recv short 1; close EIO");
  CallEvent file = Recv();
  file.role = Role::kOther;
  EXPECT_THAT(fires(file, 3), IsEmpty());
  EXPECT_EQ(run_->counts()[0].seen, 0u);
}

TEST_F(PlanRunTest, AFamilyCountsItsCallsTogether) {
  start("recv short 1 every 2");
  CallEvent read = Recv();
  read.call = Call::kRead;
  EXPECT_THAT(fires(Recv(), 1), IsEmpty());
  EXPECT_THAT(fires(read, 1), ElementsAre(1));
}

TEST_F(PlanRunTest, RecvAndRecvfromAreOneCall) {
  start("recvfrom short 1");
  EXPECT_THAT(fires(Recv(), 1), ElementsAre(1));
  start("exactly recv short 1");
  CallEvent recvfrom = Recv();
  recvfrom.call = Call::kRecvfrom;
  EXPECT_THAT(fires(recvfrom, 1), ElementsAre(1));
  recvfrom.call = Call::kRecvmsg;
  EXPECT_THAT(fires(recvfrom, 1), IsEmpty());
}

TEST_F(PlanRunTest, OfSeveralRulesTheFirstThatIsDueHappensAndAllCount) {
  start("recv short 1 every 2; recv ECONNRESET at 2; recv short 3 from 3");
  EXPECT_FALSE(run_->decide(Recv()).fault);
  EXPECT_EQ(run_->decide(Recv()).fault->rule, 0u);
  EXPECT_EQ(run_->decide(Recv()).fault->rule, 2u);
  EXPECT_THAT(run_->never_fired(), ElementsAre(1));
}

TEST_F(PlanRunTest, DelaysAddUpAndLeaveRoomForAnotherOutcome) {
  start("recv delay 5ms; recv short 1; recv delay 2ms every 2");
  EXPECT_EQ(run_->decide(Recv()).delay, milliseconds(5));
  const Decision second = run_->decide(Recv());
  EXPECT_EQ(second.delay, milliseconds(7));
  EXPECT_TRUE(second.fault);
}

TEST_F(PlanRunTest, WhatIsNotLegalNowIsWithheldAndTheNextRuleHasItsTurn) {
  start("recv EAGAIN every 1 at most 9 times; recv short 1");
  CallEvent blocking = Recv();
  blocking.non_blocking = false;
  EXPECT_EQ(run_->decide(blocking).fault->rule, 1u);
  ASSERT_THAT(run_->records(), testing::SizeIs(1));
  EXPECT_FALSE(run_->records()[0].fired);
  EXPECT_EQ(run_->records()[0].reason, "the descriptor is blocking");
  EXPECT_EQ(run_->counts()[0].withheld, 1u);
}

TEST_F(PlanRunTest, AnEdgeIsRearmedOrTheFaultWithheld) {
  start("recv EAGAIN every 2; recv short 1 every 2");
  CallEvent edge = Recv();
  edge.edge_triggered = true;
  run_->decide(edge);
  EXPECT_FALSE(run_->decide(edge).fault);
  edge.can_rearm = true;
  run_->decide(edge);
  EXPECT_TRUE(run_->decide(edge).fault->rearm);
  EXPECT_EQ(run_->records()[1].reason, "the descriptor is edge-triggered and cannot be re-armed");
}

TEST_F(PlanRunTest, AShortSendOnABlockingDescriptorIsAShould) {
  start("send short 1");
  CallEvent send = Recv();
  send.call = Call::kSend;
  EXPECT_EQ(run_->decide(send).fault->level, Level::kMust);
  send.non_blocking = false;
  EXPECT_EQ(run_->decide(send).fault->level, Level::kShould);
}

TEST_F(PlanRunTest, AnEdgeThatCannotBeRearmedIsNoExcuseForBlockingRules) {
  start("send short 1");
  CallEvent send = Recv();
  send.call = Call::kSend;
  send.edge_triggered = true;
  EXPECT_FALSE(run_->decide(send).fault);
}

TEST_F(PlanRunTest, EintrNeedsAHandlerExceptInEpollWait) {
  start("wait EINTR at most 99 times; recv EINTR at most 99 times");
  EXPECT_TRUE(run_->decide(EpollWait()).fault);
  CallEvent poll = EpollWait();
  poll.call = Call::kPoll;
  EXPECT_FALSE(run_->decide(poll).fault);
  poll.handler = true;
  EXPECT_TRUE(run_->decide(poll).fault);
  CallEvent recv = Recv();
  recv.handler = true;
  recv.interruptible = true;
  EXPECT_FALSE(run_->decide(recv).fault);
  recv.non_blocking = false;
  EXPECT_TRUE(run_->decide(recv).fault);
  recv.interruptible = false;
  EXPECT_FALSE(run_->decide(recv).fault);
}

TEST_F(PlanRunTest, WhatARuleCouldNotShortenItDoesNotCount) {
  start("recv short 8 at 2; wait only 1 at 1");
  CallEvent small = Recv();
  small.asked = 8;
  CallEvent large = Recv();
  large.asked = 9;
  EXPECT_FALSE(run_->decide(large).fault);
  EXPECT_FALSE(run_->decide(small).fault);
  EXPECT_TRUE(run_->decide(large).fault);
  EXPECT_FALSE(run_->decide(EpollWait(1)).fault);
  EXPECT_TRUE(run_->decide(EpollWait(2)).fault);
  EXPECT_EQ(run_->counts()[0].seen, 2u);
  EXPECT_EQ(run_->counts()[1].seen, 1u);
}

TEST_F(PlanRunTest, NothingToShortenIsNoFault) {
  start("recv short 8; wait only 1");
  CallEvent recv = Recv();
  recv.asked = 8;
  EXPECT_FALSE(run_->decide(recv).fault);
  recv.asked = 9;
  EXPECT_TRUE(run_->decide(recv).fault);
  EXPECT_FALSE(run_->decide(EpollWait(1)).fault);
  EXPECT_TRUE(run_->decide(EpollWait(2)).fault);
  EXPECT_EQ(run_->counts()[0].idle, 0u);
  EXPECT_THAT(run_->records(), IsEmpty());
}

TEST_F(PlanRunTest, WhoAsksForAllOfItGetsAllOfIt) {
  start("recv short 8");
  CallEvent recv = Recv();
  recv.whole = true;
  EXPECT_FALSE(run_->decide(recv).fault);
}

TEST_F(PlanRunTest, HostilePermissionFiresAndSaysSo) {
  start("recv EAGAIN at 1; recv EBADF at 2", {.seed = {}, .hostile = true});
  CallEvent blocking = Recv();
  blocking.non_blocking = false;
  const Decision first = run_->decide(blocking);
  ASSERT_TRUE(first.fault);
  EXPECT_TRUE(first.fault->hostile);
  const Decision second = run_->decide(Recv());
  ASSERT_TRUE(second.fault);
  EXPECT_TRUE(second.fault->hostile);
  run_->fired(*second.fault, Recv(), "EBADF");
  EXPECT_THAT(run_->records().back().text(), HasSubstr("; hostile"));
}

TEST_F(PlanRunTest, ALegalFaultUnderHostilePermissionIsNotHostile) {
  start("recv EAGAIN at 1", {.seed = {}, .hostile = true});
  EXPECT_FALSE(run_->decide(Recv()).fault->hostile);
}

TEST_F(PlanRunTest, WithoutPermissionAHostileRuleOfALoadedPlanIsWithheld) {
  start("recv EBADF");
  EXPECT_FALSE(run_->decide(Recv()).fault);
  EXPECT_EQ(run_->counts()[0].withheld, 1u);
}

TEST_F(PlanRunTest, ChanceFollowsTheSeed) {
  const std::string plan = "recv short 1 with probability 0.3";
  start(plan, {.seed = 5, .hostile = false});
  const std::vector<int> first = fires(Recv(), 1000);
  start("seed 5;" + plan);
  EXPECT_EQ(fires(Recv(), 1000), first);
  start("seed 5;" + plan, {.seed = 6, .hostile = false});
  EXPECT_EQ(run_->seed(), 6u);
  EXPECT_NE(fires(Recv(), 1000), first);
  EXPECT_GT(first.size(), 200u);
  EXPECT_LT(first.size(), 400u);
}

TEST_F(PlanRunTest, ChanceOfOneRuleIsUntouchedByCallsOfAnother) {
  start("recv short 1 with probability 0.5; accept EMFILE with probability 0.5");
  const std::vector<int> alone = fires(Recv(), 200);
  start("recv short 1 with probability 0.5; accept EMFILE with probability 0.5");
  fires(Accept(), 77);
  EXPECT_EQ(fires(Recv(), 200), alone);
}

TEST_F(PlanRunTest, TheReplayOfARecordFiresOnTheSameCall) {
  start("seed 3; recv short 1 on client with probability 0.1 at most 5 times");
  const std::vector<int> calls = fires(Recv(), 500);
  ASSERT_THAT(calls, testing::SizeIs(5));
  const std::vector<FaultRecord> records = run_->records();
  for (size_t i = 0; i < calls.size(); ++i) {
    start(records[i].replay);
    EXPECT_THAT(fires(Recv(), 500), ElementsAre(calls[i])) << records[i].replay;
  }
}

TEST_F(PlanRunTest, ALoggedRunIsRepeatedCallByCall) {
  const Plan plan = Parse("recv short 1 with probability 0.3; recv delay 1ms every 2");
  PlanRun run(plan, {.seed = 4, .only = {{{2, 5}, {3}}}});
  run.listening();
  std::vector<std::string> happened;
  for (int call = 1; call <= 6; ++call) {
    const Decision decision = run.decide(Recv());
    happened.push_back((decision.fault ? "fault" : "") +
                       std::string(decision.delay.count() != 0 ? "late" : ""));
  }
  EXPECT_THAT(happened, ElementsAre("", "fault", "late", "", "fault", ""));
}

TEST_F(PlanRunTest, AnObserverHearsOfRecordsThatAreTooManyToKeep) {
  size_t heard = 0;
  std::string last;
  PlanRun run(Parse("recv delay 1ms"), {.seed = {}, .on_record = [&](const FaultRecord& record) {
                                          ++heard;
                                          last = record.replay;
                                        }});
  run.listening();
  constexpr size_t kCalls = PlanRun::kMaxRecords + 5;
  for (size_t call = 0; call < kCalls; ++call) {
    run.decide(Recv());
  }
  EXPECT_EQ(heard, kCalls);
  EXPECT_EQ(run.records().size(), PlanRun::kMaxRecords);
  EXPECT_EQ(last, "recv delay 1ms at 10005");
}

TEST_F(PlanRunTest, WhatIsWithdrawnHasNotFired) {
  start("accept ECONNABORTED once");
  const Decision first = run_->decide(Accept());
  EXPECT_FALSE(run_->decide(Accept()).fault);  // one permission, and it is taken
  run_->withdraw(*first.fault, Accept(), "no connection was pending");
  EXPECT_THAT(run_->never_fired(), ElementsAre(0));
  EXPECT_TRUE(run_->decide(Accept()).fault);
}

TEST_F(PlanRunTest, WhatMadeNoDifferenceHasNotFiredAndIsNotLogged) {
  start("recv short 1 once");
  run_->made_no_difference(*run_->decide(Recv()).fault);
  EXPECT_EQ(run_->counts()[0].idle, 1u);
  EXPECT_THAT(run_->records(), IsEmpty());
  EXPECT_TRUE(run_->decide(Recv()).fault);
  EXPECT_THAT(run_->report(), HasSubstr("2 calls, fired on 1, made no difference on 1"));
}

TEST_F(PlanRunTest, TheReportNamesFaultsAndRulesThatNeverFired) {
  start("seed 7; recv EAGAIN on client at 2; accept EMFILE at 9");
  fires(Recv(), 3);
  fires(Accept(), 2);
  EXPECT_EQ(run_->report(),
            "faults: seed 7\n"
            "  fired: EAGAIN: recv on descriptor 11 (client 1), asked for 4096, got it; rule: recv "
            "EAGAIN on client at 2; replay: recv EAGAIN on client at 2\n"
            "  recv EAGAIN on client at 2: 3 calls, fired on 1\n"
            "  accept EMFILE at 9: 2 calls, fired on 0: it never fired, so it shows nothing\n");
}

TEST_F(PlanRunTest, TheLogIsBoundedAndSaysSo) {
  start("recv short 1");
  const int calls = static_cast<int>(PlanRun::kMaxRecords) + 5;
  fires(Recv(), calls);
  EXPECT_EQ(run_->records().size(), PlanRun::kMaxRecords);
  EXPECT_EQ(run_->record_count(), PlanRun::kMaxRecords + 5);
  EXPECT_THAT(run_->report(1), HasSubstr("... and 10004 more"));
}

TEST_F(PlanRunTest, ThreadsShareOneCount) {
  start("recv short 1 every 2");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { fires(Recv(), 500); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(run_->counts()[0].seen, 2000u);
  EXPECT_EQ(run_->counts()[0].fired, 1000u);
}

TEST(PlanRunCallsTest, NamesTheCallsThatAnyRuleSelects) {
  const PlanRun run(Parse("accept EMFILE; wait reordered"));
  EXPECT_EQ(run.calls(),
            CallsOf(Family::kAccept) | Call::kEpollWait | Call::kEpollPwait | Call::kEpollPwait2);
}

}  // namespace
}  // namespace eagain::fault
