#include "eagain/net/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <functional>
#include <string>

#include "eagain/support/scripted_kernel.h"
#include "eagain/support/sys_matchers.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/sys_error.h"

namespace eagain {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::InSequence;
using testing::Return;

std::string WhyNot(Sys& sys, const ListenerOptions& options) {
  try {
    const Listener listener(sys, options);
    return "it listens";
  } catch (const SysError& error) {
    return error.what();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(ListenerTest, ReusesTheAddressBeforeItBindsAndListensAfterwards) {
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, setsockopt(_, IPPROTO_TCP, TCP_NODELAY, _, _)).Times(1);
  InSequence in_this_order;
  EXPECT_CALL(kernel, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  EXPECT_CALL(kernel, setsockopt(3, SOL_SOCKET, SO_REUSEADDR, _, _));
  EXPECT_CALL(kernel, bind(3, _, sizeof(sockaddr_in)));
  EXPECT_CALL(kernel, listen(3, SOMAXCONN));
  EXPECT_CALL(kernel, getsockname(3, _, _));
  const Listener listener(kernel, {});
  EXPECT_EQ(listener.fd(), 3);
}

TEST(ListenerTest, BlocksWhenAskedTo) {
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Listener listener(kernel, {.host = "::1", .non_blocking = false, .non_blocking_clients = false});
  EXPECT_CALL(kernel, accept4(3, nullptr, nullptr, SOCK_CLOEXEC)).WillOnce(Return(Ok(10)));
  EXPECT_EQ(listener.accept().client.get(), 10);
}

TEST(ListenerTest, ItsClientsMayBlockWhenItDoesNot) {
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  Listener listener(kernel, {.non_blocking_clients = false});
  EXPECT_CALL(kernel, accept4(3, nullptr, nullptr, SOCK_CLOEXEC)).WillOnce(Return(Ok(10)));
  EXPECT_EQ(listener.accept().client.get(), 10);
}

TEST(ListenerTest, TheFirstOfAPortBindsAloneAndTheOthersJoin) {
  for (const PortSharing sharing : {PortSharing::kFirst, PortSharing::kJoin}) {
    ScriptedKernel kernel;
    testing::Sequence order;
    const auto expect_shared = [&] {
      EXPECT_CALL(kernel, setsockopt(3, SOL_SOCKET, SO_REUSEPORT, _, _)).InSequence(order);
    };
    EXPECT_CALL(kernel, setsockopt).Times(testing::AnyNumber());
    if (sharing == PortSharing::kJoin) {
      expect_shared();
    }
    EXPECT_CALL(kernel, bind).InSequence(order);
    if (sharing == PortSharing::kFirst) {
      expect_shared();
    }
    EXPECT_CALL(kernel, listen).InSequence(order);
    Listener listener(kernel, {.sharing = sharing});
  }
}

TEST(ListenerTest, ClosesOnce) {
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, close(3)).Times(1);
  Listener listener(kernel, {});
  listener.close();
  EXPECT_EQ(listener.fd(), -1);
}

TEST(ListenerTest, WithoutTcpNodelayItListensAllTheSame) {
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, setsockopt).WillRepeatedly(Return(Ok()));
  EXPECT_CALL(kernel, setsockopt(_, IPPROTO_TCP, TCP_NODELAY, _, _))
      .WillOnce(Return(Fail(ENOPROTOOPT)));
  EXPECT_EQ(WhyNot(kernel, {}), "it listens");
}

TEST(ListenerTest, AFailureNamesTheAddressAndTheReasonAndLeavesNothingOpen) {
  using Break = std::function<void(ScriptedKernel&)>;
  const Break breaks[] = {
      [](ScriptedKernel& k) { EXPECT_CALL(k, bind).WillOnce(Return(Fail(EADDRINUSE))); },
      [](ScriptedKernel& k) { EXPECT_CALL(k, listen).WillOnce(Return(Fail(EADDRINUSE))); },
      [](ScriptedKernel& k) { EXPECT_CALL(k, setsockopt).WillOnce(Return(Fail(EADDRINUSE))); },
      [](ScriptedKernel& k) { EXPECT_CALL(k, getsockname).WillOnce(Return(Fail(EADDRINUSE))); },
  };
  for (const Break& breaks_it : breaks) {
    ScriptedKernel kernel;
    breaks_it(kernel);
    EXPECT_CALL(kernel, close(3)).Times(1);
    EXPECT_THAT(WhyNot(kernel, {.host = "::1", .port = 8080}),
                testing::AllOf(HasSubstr("[::1]:8080"), HasSubstr("EADDRINUSE"),
                               HasSubstr("Address already in use")));
  }
}

TEST(ListenerTest, WithoutASocketItSaysSo) {
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, socket).WillOnce(Return(Fail(EMFILE)));
  EXPECT_CALL(kernel, close).Times(0);
  EXPECT_THAT(WhyNot(kernel, {}), HasSubstr("EMFILE"));
}

TEST(ListenerTest, AHostThatIsNoAddressIsNamed) {
  ScriptedKernel kernel;
  EXPECT_CALL(kernel, socket).Times(0);
  EXPECT_THAT(WhyNot(kernel, {.host = "example.org"}), HasSubstr("\"example.org\""));
}

struct AcceptCase {
  int error;
  Accepted::Outcome outcome;
};

class ListenerAcceptTest : public testing::TestWithParam<AcceptCase> {};

TEST_P(ListenerAcceptTest, TellsWhatTheErrnoMeans) {
  ScriptedKernel kernel;
  Listener listener(kernel, {});
  kernel.accepts(Fail(GetParam().error));
  const Accepted accepted = listener.accept();
  EXPECT_EQ(accepted.outcome, GetParam().outcome);
  EXPECT_EQ(accepted.error, GetParam().error);
  EXPECT_FALSE(accepted.client);
}

INSTANTIATE_TEST_SUITE_P(Errnos, ListenerAcceptTest,
                         testing::Values(AcceptCase{EAGAIN, Accepted::Outcome::kNone},
                                         AcceptCase{EINTR, Accepted::Outcome::kAgain},
                                         AcceptCase{ECONNABORTED, Accepted::Outcome::kAgain},
                                         AcceptCase{ECONNRESET, Accepted::Outcome::kAgain},
                                         AcceptCase{EPROTO, Accepted::Outcome::kAgain},
                                         AcceptCase{EPERM, Accepted::Outcome::kAgain},
                                         AcceptCase{ETIMEDOUT, Accepted::Outcome::kAgain},
                                         AcceptCase{ENETDOWN, Accepted::Outcome::kAgain},
                                         AcceptCase{ENOPROTOOPT, Accepted::Outcome::kAgain},
                                         AcceptCase{EHOSTDOWN, Accepted::Outcome::kAgain},
                                         AcceptCase{ENONET, Accepted::Outcome::kAgain},
                                         AcceptCase{EHOSTUNREACH, Accepted::Outcome::kAgain},
                                         AcceptCase{EOPNOTSUPP, Accepted::Outcome::kAgain},
                                         AcceptCase{ENETUNREACH, Accepted::Outcome::kAgain},
                                         AcceptCase{EMFILE, Accepted::Outcome::kExhausted},
                                         AcceptCase{ENFILE, Accepted::Outcome::kExhausted},
                                         AcceptCase{ENOBUFS, Accepted::Outcome::kExhausted},
                                         AcceptCase{ENOMEM, Accepted::Outcome::kExhausted},
                                         AcceptCase{EINVAL, Accepted::Outcome::kBroken},
                                         AcceptCase{EBADF, Accepted::Outcome::kBroken}),
                         [](const auto& test) { return ErrnoName(test.param.error); });

TEST(ListenerOnTheKernelTest, ListensOnBothFamiliesAndTellsThePort) {
  KernelSys sys;
  const Listener v4(sys, {.host = "127.0.0.1"});
  EXPECT_GT(v4.port(), 0);
  EXPECT_EQ(v4.address(), "127.0.0.1:" + std::to_string(v4.port()));
  EXPECT_TRUE(fcntl(v4.fd(), F_GETFL) & O_NONBLOCK);
  EXPECT_TRUE(fcntl(v4.fd(), F_GETFD) & FD_CLOEXEC);
  const std::string v6 = WhyNot(sys, {.host = "::1"});
  if (v6.find("EAFNOSUPPORT") == std::string::npos &&
      v6.find("EADDRNOTAVAIL") == std::string::npos) {
    EXPECT_EQ(v6, "it listens");
  }
}

TEST(ListenerOnTheKernelTest, APortInUseIsRefused) {
  KernelSys sys;
  const Listener first(sys, {});
  EXPECT_THAT(WhyNot(sys, {.port = first.port()}),
              testing::AllOf(HasSubstr(first.address()), HasSubstr("EADDRINUSE")));
}

TEST(ListenerOnTheKernelTest, ClientsAreNonBlockingCloseOnExecAndSendAtOnce) {
  KernelSys sys;
  Listener listener(sys, {});
  EXPECT_EQ(listener.accept().outcome, Accepted::Outcome::kNone);
  const UniqueFd peer(sys, *sys.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Address address = *ParseAddress("127.0.0.1", listener.port());
  ASSERT_THAT(sys.connect(peer.get(), address.get(), address.length), SysSucceeds());
  const Accepted accepted = listener.accept();
  ASSERT_EQ(accepted.outcome, Accepted::Outcome::kClient);
  EXPECT_TRUE(fcntl(accepted.client.get(), F_GETFL) & O_NONBLOCK);
  EXPECT_TRUE(fcntl(accepted.client.get(), F_GETFD) & FD_CLOEXEC);
  int no_delay = 0;
  socklen_t length = sizeof no_delay;
  ASSERT_THAT(sys.getsockopt(accepted.client.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &length),
              SysSucceeds());
  EXPECT_NE(no_delay, 0);
}

}  // namespace
}  // namespace eagain
