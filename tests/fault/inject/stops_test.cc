#include "eagain/fault/inject/stops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>

#include <string>

#include "eagain/fault/inject/syscall_numbers.h"
#include "eagain/fault/plan/parser.h"

namespace eagain::fault {
namespace {

using testing::Contains;
using testing::Field;
using testing::Not;

std::vector<FilteredCall> StopsOf(const std::string& plan, bool observe = false) {
  InjectOptions options;
  options.plan = ParsePlan(plan).plan;
  options.observe = observe;
  return StopsFor(options);
}

FilteredCall All(const char* name) { return {NumberOf(name), std::nullopt}; }
FilteredCall LongerThan(const char* name, uint64_t bytes) {
  return {NumberOf(name), ArgumentTest{2, ArgumentTest::Is::kAbove, bytes}};
}
FilteredCall Adds() {
  return {NumberOf("epoll_ctl"), ArgumentTest{1, ArgumentTest::Is::kEqual, EPOLL_CTL_ADD}};
}

TEST(StopsTest, OfCallsThatAreOnlyShortenedThoseThatAreLonger) {
  const auto stops = StopsOf("send short 7 on client; send short 3 on client 1 at 2");
  EXPECT_THAT(stops, Contains(LongerThan("sendto", 3)));
  EXPECT_THAT(stops, Contains(LongerThan("write", 3)));
  EXPECT_THAT(stops, Contains(All("sendmsg")));  // it says in memory how long it is
  EXPECT_THAT(stops, Not(Contains(Field(&FilteredCall::number, NumberOf("recvfrom")))));
}

TEST(StopsTest, OfCallsThatFailAll) {
  const auto stops = StopsOf("send short 7 on client; exactly sendto EAGAIN on client at 9");
  EXPECT_THAT(stops, Contains(All("sendto")));
  EXPECT_THAT(stops, Contains(LongerThan("write", 7)));
}

TEST(StopsTest, OfRegistrationsThoseThatAreNew) {
  EXPECT_THAT(StopsOf("recv EAGAIN on client at 1"), Contains(Adds()));
  EXPECT_THAT(StopsOf("recv EAGAIN on client at 1; epoll_ctl ENOMEM at 1"),
              Contains(All("epoll_ctl")));
}

TEST(StopsTest, OfWhatIsRecordedAll) {
  EXPECT_THAT(StopsOf("send short 7 on client", true), Contains(All("sendto")));
  EXPECT_THAT(StopsOf("", true), Contains(All("epoll_ctl")));
}

}  // namespace
}  // namespace eagain::fault
