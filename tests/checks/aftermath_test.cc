// What the timeline shows once the verdict stands.
#include <gtest/gtest.h>

#include <algorithm>

#include "verdict_of.h"

namespace eagain::checks {
namespace {

using driver::Event;
using driver::EventKind;

const Event* Find(const Outcome& outcome, EventKind kind, int client) {
  const auto found = std::find_if(
      outcome.timeline.begin(), outcome.timeline.end(),
      [&](const Event& event) { return event.kind == kind && event.client == client; });
  return found == outcome.timeline.end() ? nullptr : &*found;
}

TEST(AftermathTest, WhoWaitedInVainIsServedWhenTheOthersHaveLeft) {
  const Outcome outcome = VerdictOf("concurrency/second-client", OneByOneServer());
  ASSERT_EQ(outcome.verdict, Verdict::kFail) << outcome;
  const Event* stall = Find(outcome, EventKind::kStall, 2);
  const Event* verdict = Find(outcome, EventKind::kVerdict, 0);
  const Event* left = Find(outcome, EventKind::kClose, 1);
  const Event* accepted = Find(outcome, EventKind::kAccept, 2);
  const Event* served = Find(outcome, EventKind::kReceive, 2);
  ASSERT_TRUE(stall && verdict && left && accepted && served) << outcome;
  EXPECT_NE(Find(outcome, EventKind::kUnaccepted, 2), nullptr);
  EXPECT_EQ(Find(outcome, EventKind::kUnaccepted, 1), nullptr);
  EXPECT_TRUE(stall->at <= verdict->at && verdict->at <= left->at && left->at <= accepted->at &&
              accepted->at <= served->at);
  EXPECT_EQ(served->bytes, 4U);
}

TEST(AftermathTest, ChangesNothingButTheTimeline) {
  const Outcome outcome = VerdictOf("concurrency/second-client", OneByOneServer());
  EXPECT_EQ(outcome.steps.back(), "client 2 sends 4 bytes: \"ping\"");
  EXPECT_EQ(outcome.server_exit, std::nullopt);
}

}  // namespace
}  // namespace eagain::checks
