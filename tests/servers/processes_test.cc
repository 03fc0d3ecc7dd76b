#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "eagain/servers/child_ends.h"
#include "eagain/servers/connection_processes.h"
#include "eagain/support/scripted_kernel.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/sys_error.h"
#include "run_server.h"

namespace eagain {
namespace {

using testing::_;
using testing::DoDefault;
using testing::HasSubstr;
using testing::Return;

constexpr int kFirst = 10;
constexpr int kSecond = 11;
constexpr int kStop = 20;
constexpr int kEnds = 21;

class ProcessesTest : public testing::Test {
 protected:
  ProcessesTest() {
    EXPECT_CALL(kernel_, eventfd)
        .WillOnce(Return(Ok(kStop)))
        .WillOnce(Return(Ok(kEnds)))
        .WillRepeatedly(DoDefault());
    options_.log = Log(LogLevel::kDebug, [this](LogLevel, std::string_view line) {
      said_ += line;
      said_ += '\n';
    });
  }

  // A fork whose child is another process indeed: nothing of it happens here.
  void children_live_elsewhere() {
    ON_CALL(kernel_, fork).WillByDefault([this](const auto&, const auto&) {
      return Ok(next_child_++);
    });
    ON_CALL(kernel_, waitpid).WillByDefault(Return(Ok(pid_t{0})));
  }
  void run() { RunToTheEnd("processes", kernel_, options_); }

  ScriptedKernel kernel_;
  ServerOptions options_;
  std::string said_;
  pid_t next_child_ = 2000;
};

TEST_F(ProcessesTest, TheChildClosesWhatIsTheParentsAndTheParentWhatIsTheChilds) {
  ON_CALL(kernel_, fork).WillByDefault([this](const auto& prepare, const auto& child) {
    EXPECT_FALSE(kernel_.closed(ScriptedKernel::kListener));
    prepare();
    EXPECT_TRUE(kernel_.closed(ScriptedKernel::kListener));
    EXPECT_TRUE(kernel_.closed(kEnds));
    EXPECT_TRUE(kernel_.closed(kStop));
    EXPECT_FALSE(kernel_.closed(kFirst));
    EXPECT_EQ(child(), 0);
    EXPECT_TRUE(kernel_.closed(kFirst));
    EXPECT_CALL(kernel_, close(_)).Times(testing::AnyNumber());
    EXPECT_CALL(kernel_, close(kFirst)).Times(1);
    return Ok(pid_t{2000});
  });
  EXPECT_CALL(kernel_, waitpid).WillRepeatedly(Return(Fail(ECHILD)));
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "one");
  kernel_.receives_end(kFirst);
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "one");
}

TEST_F(ProcessesTest, AClientForWhomNoProcessIsToBeHadWaitsForOne) {
  EXPECT_CALL(kernel_, fork)
      .WillOnce(Return(Fail(EAGAIN)))
      .WillOnce(Return(Fail(ENOMEM)))
      .WillRepeatedly(DoDefault());
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "one");
  kernel_.receives_end(kFirst);
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "one");
  EXPECT_GE(kernel_.now_ms(), 20 + 40);
  EXPECT_THAT(said_, HasSubstr("accepting pauses, 0 clients connected: Resource temporarily "));
}

TEST_F(ProcessesTest, AtItsBoundItAcceptsNobodyUntilAChildIsReaped) {
  children_live_elsewhere();
  options_.most_children = 1;
  EXPECT_CALL(kernel_, waitpid)
      .WillOnce(Return(Fail(EINTR)))
      .WillOnce([](pid_t, int* status, int) {
        *status = SIGSEGV;  // as the kernel encodes it
        return Ok(pid_t{2000});
      })
      .WillRepeatedly(DoDefault());
  EXPECT_CALL(kernel_, fork).Times(2);
  kernel_.accepts(Ok(kFirst));
  kernel_.accepts(Ok(kSecond));
  kernel_.wait_answers({{ScriptedKernel::kListener, EPOLLIN}});
  kernel_.wait_answers({{kEnds, EPOLLIN}});
  kernel_.wait_answers({{ScriptedKernel::kListener, EPOLLIN}});
  kernel_.end_at_wait(4);
  options_.drain_ms = 0;
  run();
  EXPECT_FALSE(kernel_.waits()[1].interest.contains(ScriptedKernel::kListener));
  EXPECT_TRUE(kernel_.waits()[2].interest.contains(ScriptedKernel::kListener));
  EXPECT_THAT(said_, HasSubstr("process 2000, which served a client, was ended by signal 11"));
}

TEST_F(ProcessesTest, AStopIsToldToTheChildrenAndThoseThatStayAreKilled) {
  children_live_elsewhere();
  options_.drain_ms = 300;
  kernel_.accepts(Ok(kFirst));
  kernel_.accepts(Ok(kSecond));
  testing::InSequence in_this_order;
  EXPECT_CALL(kernel_, kill(2000, SIGTERM)).WillOnce(Return(Ok()));
  EXPECT_CALL(kernel_, kill(2001, SIGTERM)).WillOnce(Return(Fail(ESRCH)));
  EXPECT_CALL(kernel_, waitpid(-1, _, WNOHANG)).WillOnce(Return(Ok(pid_t{2001})));
  EXPECT_CALL(kernel_, waitpid(-1, _, WNOHANG)).WillRepeatedly(Return(Ok(pid_t{0})));
  EXPECT_CALL(kernel_, kill(2000, SIGKILL)).WillOnce(Return(Ok()));
  EXPECT_CALL(kernel_, waitpid(2000, _, 0)).WillOnce(Return(Fail(EINTR)));
  EXPECT_CALL(kernel_, waitpid(2000, _, 0)).WillOnce(Return(Ok(pid_t{2000})));
  run();
  EXPECT_EQ(kernel_.now_ms(), 300 + ConnectionProcesses::kGraceMs);
  EXPECT_THAT(said_, HasSubstr("1 clients cut off"));
}

TEST_F(ProcessesTest, SigchldIsTakenAndGivenBack) {
  struct sigaction taken = {};
  testing::InSequence in_this_order;
  EXPECT_CALL(kernel_, sigaction(SIGCHLD, testing::NotNull(), testing::NotNull()))
      .WillOnce([&](int, const struct sigaction* action, struct sigaction* before) {
        taken = *action;
        *before = {};
        before->sa_handler = SIG_IGN;
        return Ok();
      });
  EXPECT_CALL(kernel_, sigaction(SIGCHLD, testing::NotNull(), nullptr))
      .WillOnce([](int, const struct sigaction* action, struct sigaction*) {
        EXPECT_EQ(action->sa_handler, SIG_IGN);
        return Ok();
      });
  run();
  EXPECT_NE(taken.sa_handler, SIG_DFL);
  EXPECT_NE(taken.sa_flags & SA_NOCLDSTOP, 0);
}

TEST(ChildEndsTest, AChildsEndIsTold) {
  KernelSys sys;
  ChildEnds ends(sys);
  const SysResult<pid_t> child = sys.fork([] {}, [] { return 3; });
  ASSERT_TRUE(child.ok());
  pollfd watched{.fd = ends.fd(), .events = POLLIN, .revents = 0};
  SysResult<int> ready = Fail(EINTR);
  while (ready.error() == EINTR) {
    ready = sys.poll(&watched, 1, 10'000);
  }
  EXPECT_EQ(watched.revents, POLLIN);
  ends.clear();
  EXPECT_EQ(*sys.poll(&watched, 1, 0), 0);
  int status = 0;
  const SysResult<pid_t> reaped = sys.waitpid(*child, &status, 0);
  EXPECT_EQ(*reaped, *child);
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST(KernelForkTest, SignalsWaitUntilTheChildIsPrepared) {
  KernelSys sys;
  sigset_t blocked;
  const SysResult<pid_t> child = sys.fork(
      [&blocked] { pthread_sigmask(SIG_BLOCK, nullptr, &blocked); },
      [&blocked] {
        sigset_t now;
        pthread_sigmask(SIG_BLOCK, nullptr, &now);
        return sigismember(&blocked, SIGTERM) == 1 && sigismember(&now, SIGTERM) == 0 ? 0 : 1;
      });
  ASSERT_TRUE(child.ok());
  int status = -1;
  ASSERT_TRUE(sys.waitpid(*child, &status, 0).ok());
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace eagain
