// What the injector promises besides the faults themselves: who dies with whom, what counts as a call,
// what is put back, and what is said.
#include "eagain/fault/inject/injector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "eagain/fault/inject/replay.h"
#include "eagain/fault/inject/ring.h"
#include "injected.h"

namespace eagain::fault {
namespace {

using Kind = InjectionRecord::Kind;
using testing::AnyOf;
using testing::HasSubstr;

bool Exists(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

// proc_pid_stat(5). A stop for the tracer is another state.
bool Sleeps(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  stat >> number >> name >> state;
  return state == "S";
}

class InjectorTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = WhyNotPermitted()) {
      GTEST_SKIP() << *reason;
    }
  }

  // A connection that is reset was either never answered or breaks.
  static void expect_reset(const Client& client) {
    EXPECT_EQ(client.receive(1), "");
    EXPECT_THAT(errno, AnyOf(ECONNRESET, EPIPE));
  }

  static std::vector<std::pair<size_t, uint64_t>> fired(Injected& program) {
    std::vector<std::pair<size_t, uint64_t>> all;
    for (const InjectionRecord& record : program.log().records()) {
      if (record.kind == Kind::kFired) {
        all.emplace_back(record.rule, record.nth);
      }
    }
    return all;
  }

  std::string port_ = FreePort();
};

TEST_F(InjectorTest, TheExitStatusIsTheProgramsOwn) {
  Injected program("send short 1", {"/bin/sh", "-c", "exit 7"});
  const int status = program.wait();
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST_F(InjectorTest, TheSignalThatEndsItIsTheProgramsOwn) {
  Injected program("send short 1", {"/bin/sh", "-c", "kill -TERM $$"});
  const int status = program.wait();
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

TEST_F(InjectorTest, TheLogIsWholeBeforeAnybodyCanKnowOfTheEnd) {
  for (int i = 0; i < 20; ++i) {
    Injected program("send short 1", {"/bin/true"});
    program.wait();
    EXPECT_NE(program.log().end(), nullptr);
  }
}

TEST_F(InjectorTest, TheInjectorIsNoRelativeOfTheProgram) {
  Injected program("send short 1", {EAGAIN_ECHO_POLL, port_});
  const Client client(port_);
  EXPECT_EQ(client.echo("abc"), "abc");
  ASSERT_NE(program.log().start(), nullptr);
  EXPECT_EQ(program.log().start()->pid, program.pid());
  const pid_t injector = program.log().start()->injector;
  EXPECT_NE(::getsid(injector), ::getsid(program.pid()));
  EXPECT_TRUE(Exists(injector));
  program.signal(SIGTERM);
  program.wait();
  EXPECT_TRUE(Injected::wait_until([&] { return !Exists(injector); }));
}

TEST_F(InjectorTest, WhenTheInjectorIsKilledNothingIsLeft) {
  Injected program("send short 1 on client", {EAGAIN_ECHO_FORK, port_});
  const Client one(port_);
  const Client two(port_);
  EXPECT_EQ(one.echo("first"), "first");
  EXPECT_EQ(two.echo("second"), "second");
  ASSERT_NE(program.log().start(), nullptr);
  ::kill(program.log().start()->injector, SIGKILL);
  const int status = program.wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  // The children that served them are gone as well.
  EXPECT_EQ(one.receive(1), "");
  EXPECT_EQ(two.receive(1), "");
}

TEST_F(InjectorTest, WhenTheFirstProcessIsKilledNothingIsLeft) {
  Injected program("send short 1 on client", {EAGAIN_ECHO_FORK, port_});
  const Client client(port_);
  EXPECT_EQ(client.echo("first"), "first");
  const pid_t injector = program.log().start()->injector;
  program.signal(SIGKILL);
  program.wait();
  EXPECT_EQ(client.receive(1), "");
  EXPECT_TRUE(Injected::wait_until([&] { return !Exists(injector); }));
}

TEST_F(InjectorTest, AProgramThatExecsIsStillTheProgram) {
  Injected program("send short 1 on client",
                   {"/bin/sh", "-c", "exec \"$0\" \"$1\"", EAGAIN_ECHO_POLL, port_});
  const Client client(port_);
  EXPECT_EQ(client.echo("over and over"), "over and over");
  // What is logged may come later than what the program sent.
  EXPECT_TRUE(program.wait_for([](const auto& record) { return record.kind == Kind::kFired; }));
}

TEST_F(InjectorTest, ChildrenOfEveryKindAreFollowed) {
  for (const char* way : {"vfork", "clone3"}) {
    const std::string port = FreePort();
    Injected program("recv short 2 on client", {EAGAIN_CALLS, port, way});
    const Client client(port);
    EXPECT_TRUE(client.send("hello"));
    const int status = WEXITSTATUS(program.wait());
    if (status == 77) {
      continue;  // this kernel, or a sandbox, has no clone3
    }
    EXPECT_EQ(status, 2) << way;
    EXPECT_TRUE(program.wait_for([&](const auto& record) {
      return record.kind == Kind::kFired && record.pid != program.log().start()->pid;
    })) << way;
  }
}

TEST_F(InjectorTest, ARestartedCallIsCountedOnce) {
  Injected program("recv short 2 on client", {EAGAIN_CALLS, port_, "restart"});
  const Client client(port_);
  ASSERT_TRUE(
      program.wait_for([](const auto& record) { return record.call.starts_with("accept"); }));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Injected::wait_until([&] { return Sleeps(program.pid()); }));  // in recv
    program.signal(SIGUSR1);
    EXPECT_EQ(client.receive(1), "s");
    program.signal(SIGSTOP);
    program.signal(SIGCONT);
  }
  EXPECT_TRUE(client.send("hello"));
  const int status = program.wait();
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 2);
  ASSERT_NE(program.log().end(), nullptr);
  EXPECT_EQ(program.log().end()->rules.at(0).seen, 1U);
  EXPECT_EQ(program.log().end()->rules.at(0).fired, 1U);
}

// Of a call that is handed over the kernel does not say where it was made, only what was asked for.
TEST_F(InjectorTest, ARestartedSendIsCountedOnce) {
  Injected program("send short 2 on client at 200", {EAGAIN_CALLS, port_, "stuck"});
  const Client client(port_);
  ASSERT_TRUE(
      program.wait_for([](const auto& record) { return record.call.starts_with("accept"); }));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Injected::wait_until([&] { return Sleeps(program.pid()); }));  // in send
    program.signal(SIGUSR1);
  }
  constexpr size_t kAll = size_t{1} << 24;
  EXPECT_EQ(client.receive(kAll).size(), kAll);
  const int status = program.wait();
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_NE(program.log().end(), nullptr);
  EXPECT_EQ(program.log().end()->rules.at(0).seen, static_cast<uint64_t>(WEXITSTATUS(status)));
}

// What does not wait is never interrupted; waiting for the injector must not change that.
TEST_F(InjectorTest, ASendThatDoesNotWaitIsNeverInterrupted) {
  Injected program("send short 1 on client", {EAGAIN_CALLS, port_, "hasty"});
  const Client client(port_);
  EXPECT_EQ(client.receive(4'000).size(), 4'000U);
  EXPECT_EQ(WEXITSTATUS(program.wait()), 0);
  EXPECT_GT(program.log().fired(), 1'000U);
}

TEST_F(InjectorTest, ACallThatTheProgramMakesAgainIsAnotherOne) {
  Injected program("recv short 2 on client at 1", {EAGAIN_CALLS, port_, "retry"});
  const Client client(port_);
  ASSERT_TRUE(
      program.wait_for([](const auto& record) { return record.call.starts_with("accept"); }));
  ASSERT_TRUE(Injected::wait_until([&] { return Sleeps(program.pid()); }));  // in recv
  program.signal(SIGUSR1);
  EXPECT_EQ(client.receive(1), "s");
  EXPECT_TRUE(client.send("hello"));
  EXPECT_EQ(WEXITSTATUS(program.wait()), 5);
  ASSERT_NE(program.log().end(), nullptr);
  EXPECT_EQ(program.log().end()->rules.at(0).seen, 2U);
  EXPECT_EQ(program.log().end()->rules.at(0).fired, 0U);
}

TEST_F(InjectorTest, EintrNeedsAHandlerThatDoesNotRestart) {
  Injected program("recv EINTR on client at 1", {EAGAIN_CALLS, port_, "eintr"});
  const Client client(port_);
  EXPECT_EQ(WEXITSTATUS(program.wait()), 100);
  EXPECT_EQ(program.log().fired(), 1U);

  const std::string other = FreePort();
  Injected restarts("recv EINTR on client at 1", {EAGAIN_CALLS, other, "restart"});
  const Client waits(other);
  EXPECT_TRUE(restarts.wait_for([](const auto& record) {
    return record.kind == Kind::kWithheld && record.reason.find("SA_RESTART") != std::string::npos;
  }));
  EXPECT_TRUE(waits.send("abc"));
  EXPECT_EQ(WEXITSTATUS(restarts.wait()), 3);
}

TEST_F(InjectorTest, EpipeBringsSigpipe) {
  Injected program("send EPIPE on client at 1", {EAGAIN_CALLS, port_, "sigpipe"});
  const Client client(port_);
  const int status = program.wait();
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  EXPECT_EQ(WTERMSIG(status), SIGPIPE);
  expect_reset(client);
}

TEST_F(InjectorTest, AResetIsLoggedEvenIfTheProgramIsKilledInThatCall) {
  for (int i = 0; i < 20; ++i) {
    const std::string port = FreePort();
    Injected program("recv ECONNRESET on client at 1", {EAGAIN_CALLS, port, "restart"});
    expect_reset(Client(port));
    program.signal(SIGKILL);
    program.wait();
    ASSERT_TRUE(Injected::wait_until([&] { return program.log().end() != nullptr; }));
    EXPECT_EQ(program.log().fired(), 1U) << "at try " << i + 1;
  }
}

TEST_F(InjectorTest, ASecondListenerOfThePortIsNoConnection) {
  Injected program("recv ECONNRESET on client 1 at 1", {EAGAIN_CALLS, port_, "twice"});
  const Client client(port_);
  static_cast<void>(client.send("hello"));
  EXPECT_EQ(WEXITSTATUS(program.wait()), 101);
  EXPECT_EQ(program.log().fired(), 1U);
}

TEST_F(InjectorTest, AnAbortedConnectionIsReallyTaken) {
  Injected program("accept ECONNABORTED at 1", {EAGAIN_ECHO_POLL, port_});
  const Client first(port_);
  expect_reset(first);
  const Client second(port_);
  EXPECT_EQ(second.echo("abc"), "abc");
  EXPECT_TRUE(program.wait_for([](const auto& record) { return record.kind == Kind::kFired; }));
  EXPECT_EQ(program.log().fired(), 1U);
  EXPECT_TRUE(program.wait_for([](const auto& record) { return record.connection == 1; }));
}

// The bytes are there already, so no edge would come: the program must hear of them all the same.
TEST_F(InjectorTest, WhoeverIsToldByEdgesIsToldAgain) {
  for (const char* way : {"edge", "later", "changed"}) {
    const std::string port = FreePort();
    Injected program("recv EAGAIN on client at 1", {EAGAIN_CALLS, port, way});
    const Client client(port);
    EXPECT_TRUE(client.send("abc"));
    EXPECT_EQ(WEXITSTATUS(program.wait()), 3) << way;
    EXPECT_EQ(program.log().fired(), 1U) << way;
  }
}

TEST_F(InjectorTest, WhatCannotBeRearmedIsWithheld) {
  Injected program("recv EAGAIN on client at 1", {EAGAIN_CALLS, port_, "oneshot"});
  const Client client(port_);
  EXPECT_TRUE(client.send("abc"));
  EXPECT_EQ(WEXITSTATUS(program.wait()), 3);
  EXPECT_TRUE(program.wait_for([](const auto& record) {
    return record.kind == Kind::kWithheld && record.edge_triggered &&
           record.reason.find("re-armed") != std::string::npos;
  }));
}

TEST_F(InjectorTest, WithObserveNothingGoesWrongAndAllIsLogged) {
  Injected program("", {EAGAIN_ECHO_POLL, port_}, {.observe = true});
  const Client client(port_);
  EXPECT_EQ(client.echo("abc"), "abc");
  EXPECT_TRUE(program.wait_for([](const auto& record) {
    return record.call == "send" && record.flags == "MSG_NOSIGNAL" && record.role == "client" &&
           record.connection == 1 && record.asked == 3 && record.result == 3 &&
           record.non_blocking && record.got == "3 bytes";
  }));
  EXPECT_TRUE(program.wait_for([](const auto& record) {
    return record.call == "poll" && record.timeout_ms == -1 && record.got == "1 event";
  }));
  EXPECT_TRUE(program.wait_for([](const auto& record) {
    return record.call == "socket" && record.flags == "SOCK_STREAM|SOCK_NONBLOCK";
  }));
  EXPECT_EQ(program.log().fired(), 0U);
}

TEST_F(InjectorTest, ALogCanBeReplayed) {
  const std::string plan = "send short 1 on client with probability 0.3; recv short 9 on client";
  Injected first(plan, {EAGAIN_ECHO_POLL, port_}, {.run = {.seed = 11}});
  EXPECT_EQ(Client(port_).echo(Payload(100, 1)), Payload(100, 1));
  first.signal(SIGTERM);
  first.wait();
  ASSERT_GE(first.log().fired(0), 2U);

  Replay replay = ReadReplay(first.log_path());
  ASSERT_EQ(replay.error, "");
  InjectOptions options;
  options.plan = std::move(replay.plan);
  options.run = std::move(replay.run);
  options.report = false;
  const std::string other = FreePort();
  Injected second(std::move(options), {EAGAIN_ECHO_POLL, other});
  EXPECT_EQ(Client(other).echo(Payload(100, 1)), Payload(100, 1));
  second.signal(SIGTERM);
  second.wait();
  EXPECT_EQ(fired(second), fired(first));
}

// What no rule reaches is said, and the program serves.
TEST_F(InjectorTest, AnIoUringOutOfReachIsSaid) {
  const std::string uring = EAGAIN_ECHO_URING;
  if (uring.empty() || std::system(uring.c_str()) != 0) {
    GTEST_SKIP() << "there is no io_uring here";
  }
  for (const auto& [way, said] :
       {std::pair("sqpoll", "SQPOLL"), std::pair("multishot", "multishot")}) {
    const std::string port = FreePort();
    Injected program("accept EMFILE at 99; recv short 3 on client", {uring, port, way});
    const Client client(port);
    EXPECT_EQ(client.echo("hello"), "hello") << way;
    EXPECT_TRUE(program.wait_for([said = said](const auto& record) {
      return record.kind == Kind::kNote && record.text.find(said) != std::string::npos;
    })) << way;
  }
}

TEST_F(InjectorTest, AMultishotRequestOfAnIoUringIsOneCall) {
  const std::string uring = EAGAIN_ECHO_URING;
  if (uring.empty() || std::system(uring.c_str()) != 0) {
    GTEST_SKIP() << "there is no io_uring here";
  }
  if (!Ring::CanFail()) {
    GTEST_SKIP() << "an io_uring can be made to fail from Linux 6.10 on";
  }
  Injected program("accept EMFILE at 1", {uring, port_, "multishot"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Client(port_).echo("hello"), "hello") << i;
  }
  EXPECT_EQ(program.log().fired(), 1U);
}

TEST_F(InjectorTest, UnderAnotherTracerItSaysWhichOne) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    char go = 0;
    static_cast<void>(!::read(ends[0], &go, 1));
    const InjectFailure failure = ExecUnderInjection({"/bin/true"}, InjectOptions());
    const bool named = failure.message.find("traces this one already") != std::string::npos;
    ::_exit(named && failure.kind == InjectFailure::Kind::kNotPermitted ? 0 : 1);
  }
  // What it forks is traced as well, as under strace -f.
  ASSERT_EQ(::ptrace(PTRACE_SEIZE, child, nullptr, PTRACE_O_TRACEFORK), 0);
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  int status = 0;
  for (;;) {
    const pid_t pid = ::waitpid(-1, &status, __WALL);
    ASSERT_GT(pid, 0);
    if (WIFSTOPPED(status)) {
      const int event = status >> 16;
      ::ptrace(PTRACE_CONT, pid, nullptr, event == 0 ? WSTOPSIG(status) : 0L);
    } else if (pid == child) {
      break;
    }
  }
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace eagain::fault
