#include "eagain/runner/runner.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <deque>
#include <functional>
#include <map>

#include "eagain/runner/spare_slots.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/unique_fd.h"
#include "fake_catalogue.h"

namespace eagain::runner {
namespace {

using checks::Verdict;
using testing::AllOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Carries a job out the moment the runner waits for it, in the order of starting: every verdict is
// pass unless told otherwise.
class FakeWorkers : public Workers {
 public:
  std::map<std::string, std::deque<Verdict>> verdicts;  // by id; one for each run
  std::string spins_in;                                 // this check
  int interrupt_after = -1;                             // that many jobs
  std::vector<Job> started;
  int most_at_once = 0;
  bool stopped = false;

  void start(int ticket, const Job& job) override {
    started.push_back(job);
    running_.emplace_back(ticket, job);
    most_at_once = std::max(most_at_once, static_cast<int>(running_.size()));
  }

  Happening next(std::chrono::milliseconds) override {
    if (interrupt_after-- == 0) {
      return {.what = What::kInterrupted, .ticket = 0, .outcome = {}};
    }
    auto [ticket, job] = running_.front();
    running_.pop_front();
    checks::Outcome outcome;
    outcome.id = job.id;
    outcome.verdict = Verdict::kPass;
    outcome.restless = job.id == spins_in;
    if (std::deque<Verdict>& of_check = verdicts[job.id]; !of_check.empty()) {
      outcome.verdict = of_check.front();
      of_check.pop_front();
    }
    return {.what = What::kDone, .ticket = ticket, .outcome = std::move(outcome)};
  }

  void stop_all() override { stopped = true; }

  std::vector<std::string> started_ids() const {
    std::vector<std::string> ids;
    for (const Job& job : started) {
      ids.push_back(job.id);
    }
    return ids;
  }

 private:
  std::deque<std::pair<int, Job>> running_;
};

class Notes : public Observer {
 public:
  std::vector<std::string> notes;
  void started(const checks::Check& check) override {
    notes.push_back("> " + std::string(check.id));
  }
  void finished(const CheckResult& result) override {
    notes.push_back("< " + std::string(result.check->id));
  }
};

class RunnerTest : public testing::Test {
 protected:
  RunResult run(const Choice& choice = {}) {
    return runner::Run(kFakeCatalogue, Choose(kFakeCatalogue, choice), StandardGates(), options_,
                       workers_, notes_);
  }
  static const CheckResult& of(const RunResult& result, std::string_view id) {
    for (const CheckResult& check : result.checks) {
      if (check.check->id == id) {
        return check;
      }
    }
    throw std::logic_error("not in the result: " + std::string(id));
  }

  KernelSys sys_;
  RunOptions options_;
  FakeWorkers workers_;
  Notes notes_;
};

TEST_F(RunnerTest, ThatAServerSpinsIsFoundOutOnce) {
  workers_.spins_in = "echo/large";
  run();
  bool known = false;
  for (const Job& job : workers_.started) {
    EXPECT_EQ(job.patience.restless, known) << job.id;
    known = known || job.id == "echo/large";
  }
  EXPECT_TRUE(known);
}

TEST_F(RunnerTest, TriesTheGatesFirstThenAllOthersAndReportsInTheCatalogueOrder) {
  options_.jobs = 3;
  const RunResult result = run();
  EXPECT_THAT(workers_.started_ids(),
              ElementsAre("lifecycle/listens", "echo/one-byte", "lifecycle/port-in-use",
                          "echo/large", "concurrency/second-client", "ordering/bounded-queue"));
  ASSERT_THAT(result.checks, SizeIs(kFakeCatalogue.size()));
  for (size_t at = 0; at < kFakeCatalogue.size(); ++at) {
    EXPECT_EQ(result.checks[at].check, &kFakeCatalogue[at]);
    EXPECT_EQ(result.checks[at].verdict, Verdict::kPass);
  }
  EXPECT_EQ(workers_.most_at_once, 3);
}

TEST_F(RunnerTest, RunsNoMoreAtOnceThanJobs) {
  options_.jobs = 2;
  options_.repeat = 5;
  run();
  EXPECT_EQ(workers_.most_at_once, 2);
}

TEST_F(RunnerTest, RunsMoreAtOnceWhileOthersLeaveTheirSlots) {
  const UniqueFd slots(sys_, MakeSpareSlots());
  AddSpareSlots(slots.get(), 2);
  options_.spare_slots = slots.get();
  options_.repeat = 5;
  run();
  EXPECT_EQ(workers_.most_at_once, 3);
  SpareSlots left(slots.get());
  while (left.take()) {
  }
  EXPECT_EQ(left.taken(), 2) << "all are given back";
}

TEST_F(RunnerTest, GivesASlotBackThatItHasNoJobFor) {
  const UniqueFd slots(sys_, MakeSpareSlots());
  AddSpareSlots(slots.get(), 8);
  options_.spare_slots = slots.get();
  run({.only = {"echo/large"}, .skip = {}, .shard = {}});
  EXPECT_EQ(workers_.most_at_once, 1);
  SpareSlots left(slots.get());
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(left.take());
  }
  EXPECT_FALSE(left.take());
}

TEST_F(RunnerTest, SlotsAreToldFromOtherDescriptorsAndInheritedOnce) {
  const UniqueFd slots(sys_, MakeSpareSlots());
  EXPECT_EQ(fcntl(slots.get(), F_GETFD), 0);
  EXPECT_TRUE(AdoptSpareSlots(slots.get()));
  EXPECT_EQ(fcntl(slots.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_FALSE(AdoptSpareSlots(1));
  EXPECT_FALSE(AdoptSpareSlots(-1));
  EXPECT_FALSE(AdoptSpareSlots(1'000'000));
}

TEST_F(RunnerTest, HandsTheJobWhatTheOptionsSay) {
  options_.command.argv = {"./server", "{port}"};
  options_.strategy = "epoll";
  options_.seed = 7;
  options_.patience.scale = 2.5;
  run({.only = {"echo/large"}, .skip = {}, .shard = {}});
  const Job& job = workers_.started.back();
  EXPECT_EQ(job.command.argv, options_.command.argv);
  EXPECT_EQ(job.strategy, "epoll");
  EXPECT_EQ(job.seed, 7U);
  EXPECT_EQ(job.patience.scale, 2.5);
}

TEST_F(RunnerTest, NothingIsReachedWhenTheServerDoesNotListen) {
  workers_.verdicts["lifecycle/listens"] = {Verdict::kFail};
  const RunResult result = run();
  EXPECT_THAT(workers_.started_ids(), ElementsAre("lifecycle/listens"));
  ASSERT_THAT(result.checks, SizeIs(kFakeCatalogue.size()));
  EXPECT_EQ(of(result, "lifecycle/listens").verdict, Verdict::kFail);
  for (const CheckResult& check : result.checks) {
    if (check.check->id != "lifecycle/listens") {
      EXPECT_EQ(check.skip, SkipKind::kNotReached);
      EXPECT_EQ(check.outcome.reason,
                "not reached: the server does not listen (lifecycle/listens)");
    }
  }
}

TEST_F(RunnerTest, OnlyTheLifecycleIsReachedWhenNothingIsEchoed) {
  workers_.verdicts["echo/one-byte"] = {Verdict::kTimeout};
  const RunResult result = run();
  EXPECT_THAT(workers_.started_ids(),
              ElementsAre("lifecycle/listens", "echo/one-byte", "lifecycle/port-in-use"));
  EXPECT_EQ(of(result, "lifecycle/port-in-use").verdict, Verdict::kPass);
  EXPECT_EQ(of(result, "echo/large").outcome.reason,
            "not reached: not one byte is echoed as it should be (echo/one-byte)");
}

TEST(GatesTest, WhatIsSaidUnaskedIsJudgedEvenWhenItSpoilsTheEcho) {
  constexpr checks::Check kUnsolicited = Fake("echo/unsolicited");
  const Gate& echoes = StandardGates()[1];
  EXPECT_EQ(echoes.id, "echo/one-byte");
  EXPECT_FALSE(echoes.guards(kUnsolicited));
  EXPECT_TRUE(echoes.guards(Fake("echo/large")));
}

TEST_F(RunnerTest, AGateThatIsNotChosenIsShownOnlyWhenItFails) {
  const Choice choice{.only = {"echo/large"}, .skip = {}, .shard = {}};
  EXPECT_THAT(run(choice).checks, SizeIs(1));

  workers_.verdicts["lifecycle/listens"] = {Verdict::kFail};
  const RunResult result = run(choice);
  ASSERT_THAT(result.checks, SizeIs(2));
  EXPECT_TRUE(of(result, "lifecycle/listens").gate_only);
  EXPECT_EQ(of(result, "echo/large").skip, SkipKind::kNotReached);
}

TEST_F(RunnerTest, TriesNoGateThatNobodyNeeds) {
  run({.only = {"lifecycle/listens"}, .skip = {}, .shard = {}});
  EXPECT_THAT(workers_.started_ids(), ElementsAre("lifecycle/listens"));
  workers_.started.clear();
  run({.only = {"lifecycle/port-in-use"}, .skip = {}, .shard = {}});
  EXPECT_THAT(workers_.started_ids(), ElementsAre("lifecycle/listens", "lifecycle/port-in-use"));
}

TEST_F(RunnerTest, AnErrorInAGateIsNoVerdictOnTheServer) {
  workers_.verdicts["lifecycle/listens"] = {Verdict::kError};
  EXPECT_EQ(of(run(), "echo/large").verdict, Verdict::kPass);
}

TEST_F(RunnerTest, AGateThatOpensOnceIsOpen) {
  options_.repeat = 2;
  workers_.verdicts["lifecycle/listens"] = {Verdict::kFail, Verdict::kPass};
  EXPECT_EQ(of(run(), "echo/large").verdict, Verdict::kPass);
}

TEST_F(RunnerTest, TheWorstOfAllRunsIsTheVerdict) {
  options_.repeat = 4;
  workers_.verdicts["echo/large"] = {Verdict::kPass, Verdict::kFail, Verdict::kPass,
                                     Verdict::kFail};
  workers_.verdicts["concurrency/second-client"] = {Verdict::kSkip, Verdict::kPass};
  const RunResult result = run();
  EXPECT_EQ(of(result, "echo/large").verdict, Verdict::kFail);
  EXPECT_EQ(of(result, "echo/large").times(), 2);
  EXPECT_TRUE(of(result, "echo/large").flaky());
  EXPECT_EQ(of(result, "concurrency/second-client").verdict, Verdict::kSkip);
  EXPECT_FALSE(of(result, "echo/one-byte").flaky());
  EXPECT_THAT(of(result, "echo/one-byte").runs, SizeIs(4));
}

TEST_F(RunnerTest, AFailureThatTheStrategyDeclaresIsByDesign) {
  options_.strategy = "blocking";
  options_.limits = {{"concurrency/*", "a second client waits"}, {"echo/large", "never so"}};
  workers_.verdicts["concurrency/second-client"] = {Verdict::kFail};
  workers_.verdicts["lifecycle/port-in-use"] = {Verdict::kFail};
  const RunResult result = run();
  const CheckResult& limited = of(result, "concurrency/second-client");
  EXPECT_EQ(limited.verdict, Verdict::kSkip);
  EXPECT_EQ(limited.skip, SkipKind::kByDesign);
  EXPECT_EQ(limited.outcome.reason, "by design (blocking): a second client waits");
  EXPECT_EQ(of(result, "echo/large").verdict, Verdict::kPass);
  EXPECT_EQ(of(result, "lifecycle/port-in-use").verdict, Verdict::kFail);
}

TEST_F(RunnerTest, ASkipOfTheCheckItselfDoesNotApply) {
  workers_.verdicts["echo/large"] = {Verdict::kSkip};
  EXPECT_EQ(of(run(), "echo/large").skip, SkipKind::kNotApplicable);
}

TEST_F(RunnerTest, MarksKnownFailures) {
  options_.known_failures = KnownFailures::Parse("echo/large too big", "file", kFakeCatalogue);
  EXPECT_TRUE(of(run(), "echo/large").unexpected_pass());
  workers_.verdicts["echo/large"] = {Verdict::kFail};
  const RunResult result = run();
  EXPECT_EQ(of(result, "echo/large").known_failure, "too big");
  EXPECT_FALSE(of(result, "echo/large").unexpected_pass());
}

TEST_F(RunnerTest, KeepsWhatIsDoneWhenInterrupted) {
  workers_.interrupt_after = 3;
  const RunResult result = run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_TRUE(workers_.stopped);
  ASSERT_THAT(result.checks, SizeIs(kFakeCatalogue.size()));
  EXPECT_EQ(of(result, "lifecycle/port-in-use").verdict, Verdict::kPass);
  EXPECT_EQ(of(result, "echo/large").skip, SkipKind::kNotReached);
  EXPECT_EQ(of(result, "echo/large").outcome.reason, "not reached: the run was cut short");
}

TEST_F(RunnerTest, AnInterruptionInAGateReachesNothing) {
  workers_.interrupt_after = 0;
  const RunResult result = run();
  EXPECT_THAT(workers_.started, SizeIs(1));
  for (const CheckResult& check : result.checks) {
    EXPECT_EQ(check.outcome.reason, "not reached: the run was cut short");
  }
}

TEST_F(RunnerTest, TellsTheObserverEachCheckOnce) {
  options_.repeat = 2;
  run({.only = {"echo"}, .skip = {}, .shard = {}});
  EXPECT_THAT(notes_.notes,
              ElementsAre("> lifecycle/listens", "< lifecycle/listens", "> echo/one-byte",
                          "< echo/one-byte", "> echo/large", "< echo/large"));
}

}  // namespace
}  // namespace eagain::runner
