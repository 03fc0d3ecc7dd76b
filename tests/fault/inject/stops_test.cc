#include "eagain/fault/inject/stops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
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
FilteredCall HandedOver(FilteredCall call) {
  call.handed_over = true;
  return call;
}
FilteredCall Adds() {
  return {NumberOf("epoll_ctl"), ArgumentTest{1, ArgumentTest::Is::kEqual, EPOLL_CTL_ADD}};
}

TEST(StopsTest, OfCallsThatAreOnlyShortenedThoseThatAreLonger) {
  const auto stops = StopsOf("send short 7 on client; send short 3 on client 1 at 2");
  EXPECT_THAT(stops, Contains(HandedOver(LongerThan("sendto", 3))));
  EXPECT_THAT(stops, Contains(HandedOver(LongerThan("write", 3))));
  EXPECT_THAT(stops, Contains(All("sendmsg")));  // it says in memory how long it is
  EXPECT_THAT(stops, Not(Contains(Field(&FilteredCall::number, NumberOf("recvfrom")))));
}

TEST(StopsTest, OfCallsThatFailAll) {
  const auto stops = StopsOf("send short 7 on client; exactly sendto EAGAIN on client at 9");
  EXPECT_THAT(stops, Contains(All("sendto")));
  EXPECT_THAT(stops, Contains(HandedOver(LongerThan("write", 7))));
}

TEST(StopsTest, WithAStopThoseThatTheProgramHasToMakeItself) {
  EXPECT_THAT(StopsOf("recv short 7 on client"), Contains(LongerThan("recvfrom", 7)));
  EXPECT_THAT(StopsOf("send short 7 on client; send short 5000 on client at 2"),
              Contains(LongerThan("sendto", 7)));
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

// One listener is all that the kernel allows a process: where there is one, calls stop instead.
TEST(CallFilterTest, ASecondListenerIsRefusedAndNothingInstalled) {
  const pid_t child = ::fork();
  if (child == 0) {
    const UniqueFd listener =
        CallFilter({HandedOver({NumberOf("shutdown")})}).install_with_listener();
    const UniqueFd second = CallFilter({HandedOver({NumberOf("listen")})}).install_with_listener();
    const UniqueFd useless = CallFilter({All("listen")}).install_with_listener();
    const bool left_alone = ::listen(-1, 1) != 0 && errno == EBADF;
    ::_exit(!listener ? 1 : second || useless ? 2 : !left_alone ? 3 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace eagain::fault
