// The socket options that servers use.
#include "contract_fixture.h"

namespace eagain {
namespace {

class OptionContract : public ContractTest {
 protected:
  int get(const UniqueFd& fd, int level, int name) {
    int value = -1;
    socklen_t length = sizeof value;
    EXPECT_THAT(sys.getsockopt(fd.get(), level, name, &value, &length), SysSucceeds());
    EXPECT_EQ(length, sizeof value);
    return value;
  }
  SysResult<void> set(const UniqueFd& fd, int level, int name, int value) {
    return sys.setsockopt(fd.get(), level, name, &value, sizeof value);
  }
};

TEST_P(OptionContract, BufferSizesAreDoubledAndHaveALeast) {
  UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_THAT(set(fd, SOL_SOCKET, SO_SNDBUF, 10'000), SysSucceeds());
  ASSERT_THAT(set(fd, SOL_SOCKET, SO_RCVBUF, 20'000), SysSucceeds());
  EXPECT_EQ(get(fd, SOL_SOCKET, SO_SNDBUF), 20'000);
  EXPECT_EQ(get(fd, SOL_SOCKET, SO_RCVBUF), 40'000);
  ASSERT_THAT(set(fd, SOL_SOCKET, SO_SNDBUF, 1), SysSucceeds());
  ASSERT_THAT(set(fd, SOL_SOCKET, SO_RCVBUF, 1), SysSucceeds());
  EXPECT_EQ(get(fd, SOL_SOCKET, SO_SNDBUF), 4608);
  EXPECT_EQ(get(fd, SOL_SOCKET, SO_RCVBUF), 2304);
}

TEST_P(OptionContract, FlagsAreKept) {
  UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  static constexpr std::pair<int, int> kFlags[] = {{SOL_SOCKET, SO_REUSEADDR},
                                                   {SOL_SOCKET, SO_REUSEPORT},
                                                   {SOL_SOCKET, SO_KEEPALIVE},
                                                   {IPPROTO_TCP, TCP_NODELAY}};
  for (auto [level, name] : kFlags) {
    EXPECT_EQ(get(fd, level, name), 0);
    EXPECT_THAT(set(fd, level, name, 7), SysSucceeds());
    EXPECT_EQ(get(fd, level, name), 1);
  }
}

TEST_P(OptionContract, TimeoutsAndLingerAreKept) {
  UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  timeval wait{3, 500'000};
  ASSERT_THAT(sys.setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait), SysSucceeds());
  timeval got{};
  socklen_t length = sizeof got;
  ASSERT_THAT(sys.getsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &got, &length), SysSucceeds());
  EXPECT_EQ(got.tv_sec, 3);
  EXPECT_EQ(got.tv_usec, 500'000);
  linger stay{1, 5};
  ASSERT_THAT(sys.setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &stay, sizeof stay), SysSucceeds());
  linger kept{};
  length = sizeof kept;
  ASSERT_THAT(sys.getsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &kept, &length), SysSucceeds());
  EXPECT_EQ(kept.l_onoff, 1);
  EXPECT_EQ(kept.l_linger, 5);
}

TEST_P(OptionContract, TypeDomainAndListeningAreTold) {
  UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(get(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  EXPECT_EQ(get(fd, SOL_SOCKET, SO_DOMAIN), AF_INET);
  EXPECT_EQ(get(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
  UniqueFd listener = listening();
  EXPECT_EQ(get(listener, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

TEST_P(OptionContract, BadOptionsHaveTheirErrors) {
  UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_THAT(set(fd, SOL_SOCKET, 9999, 1), SysFailsWith(ENOPROTOOPT));
  int value = 0;
  socklen_t length = sizeof value;
  EXPECT_THAT(sys.getsockopt(fd.get(), SOL_SOCKET, 9999, &value, &length),
              SysFailsWith(ENOPROTOOPT));
  EXPECT_THAT(sys.setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &value, 1), SysFailsWith(EINVAL));
  EXPECT_THAT(set(fd, SOL_SOCKET, SO_ERROR, 1), SysFailsWith(ENOPROTOOPT));
}

TEST_P(OptionContract, AReceiveTimeoutEndsABlockingRecvWithEagain) {
  Pair both = pair();
  ASSERT_THAT(sys.fcntl(both.server.get(), F_SETFL, 0), SysSucceeds());
  timeval wait{0, 20'000};
  ASSERT_THAT(sys.setsockopt(both.server.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait),
              SysSucceeds());
  EXPECT_THAT(recv(both.server), SysFailsWith(EAGAIN));
}

TEST_P(OptionContract, ASendTimeoutEndsABlockingSend) {
  Pair both = pair(true);
  fill(both.server, both.client);
  ASSERT_THAT(sys.fcntl(both.server.get(), F_SETFL, 0), SysSucceeds());
  timeval wait{0, 20'000};
  ASSERT_THAT(sys.setsockopt(both.server.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait),
              SysSucceeds());
  const std::string much(1024 * 1024, 'm');
  SysResult<size_t> sent = send(both.server, much);
  if (sent.ok()) {
    EXPECT_LT(*sent, much.size());
    sent = send(both.server, much);
  }
  EXPECT_THAT(sent, SysFailsWith(EAGAIN));
}

TEST_P(OptionContract, AnUnknownKindOfSocketIsRefused) {
  EXPECT_THAT(sys.socket(AF_INET, 77, 0), SysFailsWith(EINVAL));
  EXPECT_THAT(sys.socket(999, SOCK_STREAM, 0), SysFailsWith(EAFNOSUPPORT));
}

EAGAIN_CONTRACT(OptionContract);

}  // namespace
}  // namespace eagain
