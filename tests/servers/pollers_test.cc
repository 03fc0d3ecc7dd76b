// What is particular to each Poller.

#include <gtest/gtest.h>

#include <string>

#include "eagain/net/accept_pause.h"
#include "eagain/servers/epoll_et_poller.h"
#include "eagain/servers/epoll_poller.h"
#include "eagain/servers/poll_poller.h"
#include "eagain/servers/select_poller.h"
#include "eagain/support/scripted_kernel.h"
#include "eagain/support/sys_matchers.h"
#include "eagain/sys/sys_error.h"
#include "run_server.h"

namespace eagain {
namespace {

using testing::_;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsNull;
using testing::NotNull;
using testing::Return;

// "10rw", "11w!" (more behind): easier to compare, and to read when it differs.
std::vector<std::string> Told(const SysResult<std::span<const Readiness>>& ready) {
  std::vector<std::string> told;
  for (const Readiness& one : ready.value()) {
    told.push_back(std::to_string(one.fd) + (one.readable ? "r" : "") + (one.writable ? "w" : "") +
                   (one.more_behind ? "!" : ""));
  }
  return told;
}

TEST(SelectPollerTest, CanWatchDescriptorsThatASetHasABitFor) {
  ScriptedKernel kernel;
  const SelectPoller poller(kernel);
  EXPECT_TRUE(poller.can_watch(0));
  EXPECT_TRUE(poller.can_watch(FD_SETSIZE - 1));
  EXPECT_FALSE(poller.can_watch(FD_SETSIZE));
}

TEST(SelectPollerTest, AsksUpToTheHighestDescriptorAndNoFurther) {
  ScriptedKernel kernel;
  SelectPoller poller(kernel);
  const auto expect_nfds = [&](int nfds) {
    EXPECT_CALL(kernel, select(nfds, NotNull(), _, IsNull(), NotNull())).WillOnce(Return(Ok(0)));
    static_cast<void>(poller.wait(0).ok());
  };
  expect_nfds(0);
  EXPECT_THAT(poller.add(10, Interest::kRead), SysSucceeds());
  EXPECT_THAT(poller.add(FD_SETSIZE - 1, Interest::kWrite), SysSucceeds());
  expect_nfds(FD_SETSIZE);
  poller.forget(FD_SETSIZE - 1);
  expect_nfds(11);
  EXPECT_THAT(poller.change(10, Interest::kNothing), SysSucceeds());
  expect_nfds(0);
}

TEST(SelectPollerTest, AsksForRoomToWriteOnlyWhenSomebodyWantsIt) {
  ScriptedKernel kernel;
  SelectPoller poller(kernel);
  const auto wait_with = [&](const testing::Matcher<fd_set*>& writefds) {
    EXPECT_CALL(kernel, select(_, _, writefds, _, _)).WillOnce(Return(Ok(0)));
    static_cast<void>(poller.wait(0).ok());
  };
  EXPECT_THAT(poller.add(5, Interest::kRead), SysSucceeds());
  wait_with(IsNull());
  EXPECT_THAT(poller.change(5, Interest::kWrite), SysSucceeds());
  EXPECT_THAT(poller.change(5, Interest::kWrite), SysSucceeds());
  wait_with(NotNull());
  EXPECT_THAT(poller.change(5, Interest::kRead), SysSucceeds());
  wait_with(IsNull());
  EXPECT_THAT(poller.change(5, Interest::kWrite), SysSucceeds());
  poller.forget(5);
  wait_with(IsNull());
}

TEST(SelectPollerTest, TellsAllThatAreReadyWhereverTheyAreInTheSets) {
  ScriptedKernel kernel;
  SelectPoller poller(kernel);
  for (const int fd : {0, 63, 64, 500, FD_SETSIZE - 1}) {
    EXPECT_THAT(poller.add(fd, Interest::kRead), SysSucceeds());
  }
  EXPECT_THAT(poller.change(64, Interest::kWrite), SysSucceeds());
  EXPECT_CALL(kernel, select(FD_SETSIZE, _, _, _, _))
      .WillOnce([](int, fd_set* readfds, fd_set* writefds, fd_set*, const timeval*) {
        FD_CLR(500, readfds);
        FD_SET(FD_SETSIZE - 1, writefds);
        return Ok(5);
      });
  EXPECT_THAT(Told(poller.wait(0)), ElementsAre("0r", "63r", "64w", "1023rw"));
}

TEST(SelectPollerTest, TimeoutsAreConverted) {
  ScriptedKernel kernel;
  SelectPoller poller(kernel);
  EXPECT_CALL(kernel, select(_, _, _, _, IsNull())).WillOnce(Return(Ok(0)));
  static_cast<void>(poller.wait(-1).ok());
  EXPECT_CALL(kernel, select(_, _, _, _, NotNull()))
      .WillOnce([](int, fd_set*, fd_set*, fd_set*, const timeval* timeout) {
        EXPECT_EQ(timeout->tv_sec, 1);
        EXPECT_EQ(timeout->tv_usec, 234'000);
        return Ok(0);
      });
  static_cast<void>(poller.wait(1234).ok());
}

TEST(SelectPollerTest, TheMastersOutliveAWait) {
  ScriptedKernel kernel;
  SelectPoller poller(kernel);
  ASSERT_THAT(poller.add(10, Interest::kReadAndWrite), SysSucceeds());
  ASSERT_THAT(poller.add(11, Interest::kRead), SysSucceeds());
  kernel.wait_answers({{10, EPOLLOUT}});
  EXPECT_THAT(Told(poller.wait(-1)), ElementsAre("10w"));
  kernel.wait_answers({{10, EPOLLIN | EPOLLOUT}, {11, EPOLLIN | EPOLLOUT}});
  EXPECT_THAT(Told(poller.wait(-1)), ElementsAre("10rw", "11r"));
}

TEST(SelectPollerTest, AfterAFailureTheSetsAreNotLookedAt) {
  ScriptedKernel kernel;
  SelectPoller poller(kernel);
  ASSERT_THAT(poller.add(10, Interest::kRead), SysSucceeds());
  kernel.wait_fails(EINTR);
  EXPECT_EQ(poller.wait(-1).error(), EINTR);
}

TEST(SelectPollerDeathTest, ADescriptorWithoutABitMustNotBeAdded) {
  ScriptedKernel kernel;
  SelectPoller poller(kernel);
  EXPECT_DEATH(static_cast<void>(poller.add(FD_SETSIZE, Interest::kRead).ok()), "can_watch");
}

TEST(SelectServerTest, AClientBeyondFdSetsizeIsRefusedAndNobodyIsHarmed) {
  ScriptedKernel kernel;
  kernel.accepts(Ok(10));
  kernel.accepts(Ok(FD_SETSIZE));
  kernel.accepts(Ok(FD_SETSIZE - 1));
  kernel.receives(10, "one");
  kernel.receives(FD_SETSIZE, "refused");
  kernel.receives(FD_SETSIZE - 1, "last");
  std::string said;
  ServerOptions options;
  options.log = Log(LogLevel::kWarning, [&](LogLevel, std::string_view line) { said = line; });
  RunToTheEnd("select", kernel, options);
  EXPECT_EQ(kernel.sent(10), "one");
  EXPECT_EQ(kernel.sent(FD_SETSIZE - 1), "last");
  EXPECT_EQ(kernel.recv_calls(FD_SETSIZE), 0);
  EXPECT_TRUE(kernel.closed(FD_SETSIZE));
  EXPECT_THAT(said, testing::HasSubstr("1024"));
}

TEST(SelectServerTest, AListenerBeyondFdSetsizeIsAnErrorAndNoOverflow) {
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, socket).WillOnce(Return(Ok(FD_SETSIZE)));
  EXPECT_THROW(RunToTheEnd("select", kernel), SysError);
}

TEST(SelectServerTest, AStopBeyondFdSetsizeIsAnErrorAndNoOverflow) {
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, eventfd).WillOnce(Return(Ok(FD_SETSIZE)));
  EXPECT_THROW(RunToTheEnd("select", kernel), SysError);
}

TEST(PollPollerTest, WhoIsRemovedFromTheMiddleLeavesTheOthersInPlace) {
  ScriptedKernel kernel;
  PollPoller poller(kernel);
  for (const int fd : {10, 11, 12}) {
    ASSERT_THAT(poller.add(fd, Interest::kRead), SysSucceeds());
  }
  poller.forget(10);
  ASSERT_THAT(poller.change(12, Interest::kReadAndWrite), SysSucceeds());
  kernel.wait_answers({{11, EPOLLIN}, {12, EPOLLOUT}});
  EXPECT_THAT(Told(poller.wait(-1)), testing::UnorderedElementsAre("11r", "12w"));
  poller.forget(12);
  poller.forget(11);
  kernel.wait_answers({});
  EXPECT_THAT(Told(poller.wait(0)), IsEmpty());
}

TEST(PollPollerTest, AHangUpIsReadinessForEverything) {
  ScriptedKernel kernel;
  PollPoller poller(kernel);
  ASSERT_THAT(poller.add(10, Interest::kNothing), SysSucceeds());
  ASSERT_THAT(poller.add(11, Interest::kRead), SysSucceeds());
  kernel.wait_answers({{10, EPOLLHUP}, {11, EPOLLERR}});
  EXPECT_THAT(Told(poller.wait(-1)), ElementsAre("10rw", "11rw"));
}

TEST(EpollPollerTest, WithoutAnEpollItSaysSo) {
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, epoll_create1(EPOLL_CLOEXEC)).WillOnce(Return(Fail(EMFILE)));
  EXPECT_THROW(EpollPoller poller(kernel), SysError);
}

TEST(EpollPollerTest, AClosedClientNeedsNoCall) {
  ScriptedKernel kernel;
  EpollPoller poller(kernel);
  ASSERT_THAT(poller.add(10, Interest::kRead), SysSucceeds());
  EXPECT_CALL(kernel, epoll_ctl).Times(0);
  poller.forget(10);
}

TEST(EpollPollerTest, TranslatesEvents) {
  ScriptedKernel kernel;
  EpollPoller poller(kernel);
  kernel.wait_answers({{10, EPOLLIN},
                       {11, EPOLLOUT},
                       {12, EPOLLHUP},
                       {13, EPOLLERR},
                       {14, EPOLLIN | EPOLLRDHUP},
                       {15, EPOLLPRI}});
  EXPECT_THAT(Told(poller.wait(-1)), ElementsAre("10r", "11w", "12rw!", "13rw!", "14r!", "15r!"));
}

TEST(EpollPollerTest, LevelTriggeredItAsksForNothingButReadingAndWriting) {
  ScriptedKernel kernel;
  EpollPoller poller(kernel);
  const auto expect_events = [&](uint32_t events) {
    EXPECT_CALL(kernel, epoll_ctl(ScriptedKernel::kEpoll, EPOLL_CTL_MOD, 10, _))
        .WillOnce([events](int, int, int, const epoll_event* event) {
          EXPECT_EQ(event->events, events);
          return Ok();
        });
  };
  expect_events(0);
  EXPECT_THAT(poller.change(10, Interest::kNothing), SysSucceeds());
  expect_events(EPOLLIN);
  EXPECT_THAT(poller.change(10, Interest::kRead), SysSucceeds());
  expect_events(EPOLLOUT);
  EXPECT_THAT(poller.change(10, Interest::kWrite), SysSucceeds());
  expect_events(EPOLLIN | EPOLLOUT);
  EXPECT_THAT(poller.change(10, Interest::kReadAndWrite), SysSucceeds());
}

class EpollServerTest : public testing::TestWithParam<const char*> {
 protected:
  void run() { RunToTheEnd(GetParam(), kernel_); }
  ScriptedKernel kernel_;
};

TEST_P(EpollServerTest, ReadinessOfADescriptorThatIsNobodysIsPassedOver) {
  kernel_.wait_answers({{10, EPOLLIN}, {5000, EPOLLIN}});
  run();
  EXPECT_EQ(kernel_.recv_calls(10), 0);
}

TEST_P(EpollServerTest, InterestIsChangedOnlyWhenItDiffers) {
  EXPECT_CALL(kernel_, epoll_ctl(_, EPOLL_CTL_ADD, _, _)).Times(3);  // stop, listener, client
  EXPECT_CALL(kernel_, epoll_ctl(_, EPOLL_CTL_MOD, 10, _)).Times(2);
  EXPECT_CALL(kernel_, epoll_ctl(_, EPOLL_CTL_DEL, _, _)).Times(2);  // stop, listener
  kernel_.accepts(Ok(10));
  for (int i = 0; i < 5; ++i) {
    kernel_.receives(10, "hello");
  }
  kernel_.send_takes(10, 2);
  kernel_.send_takes(10, 2);
  kernel_.receives_end(10);
  run();
}

TEST_P(EpollServerTest, AClientThatCannotBeWatchedIsRefused) {
  kernel_.epoll_ctl_fails(EPOLL_CTL_ADD, 10, ENOSPC);
  kernel_.accepts(Ok(10));
  kernel_.accepts(Ok(11));
  kernel_.receives(11, "hello");
  run();
  EXPECT_TRUE(kernel_.closed(10));
  EXPECT_EQ(kernel_.recv_calls(10), 0);
  EXPECT_EQ(kernel_.sent(11), "hello");
}

TEST_P(EpollServerTest, AClientWhoseInterestCannotBeChangedIsDropped) {
  kernel_.epoll_ctl_fails(EPOLL_CTL_MOD, 10, ENOMEM);
  kernel_.accepts(Ok(10));
  kernel_.accepts(Ok(11));
  kernel_.receives(10, "hello");
  kernel_.send_takes(10, 1);
  kernel_.receives(11, "hello");
  run();
  EXPECT_TRUE(kernel_.closed(10));
  EXPECT_EQ(kernel_.sent(11), "hello");
}

TEST_P(EpollServerTest, AListenerThatCannotBeWatchedIsTriedAgain) {
  int attempts = 0;
  EXPECT_CALL(kernel_, epoll_ctl).Times(testing::AnyNumber());
  EXPECT_CALL(kernel_, epoll_ctl(_, EPOLL_CTL_ADD, _, _)).WillRepeatedly([&](int, int, int, auto*) {
    return ++attempts == 2 ? SysResult<void>(Fail(ENOMEM)) : Ok();
  });
  kernel_.end_at_wait(3);
  run();
  EXPECT_EQ(attempts, 3);
  EXPECT_EQ(kernel_.now_ms(), AcceptPause::kFirstDelayMs);
}

TEST_P(EpollServerTest, AStopThatCannotBeWatchedIsAnError) {
  kernel_.epoll_ctl_fails(EPOLL_CTL_ADD, ScriptedKernel::kEvent, ENOSPC);
  EXPECT_THROW(run(), SysError);
}

INSTANTIATE_TEST_SUITE_P(Both, EpollServerTest, testing::Values("epoll", "epoll-et"),
                         [](const auto& test) {
                           return std::string(test.param) == "epoll" ? "level" : "edge";
                         });

}  // namespace
}  // namespace eagain
