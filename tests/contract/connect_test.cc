// What connect says the second time, and what becomes of a socket whose connection is no more.
#include "contract_fixture.h"

namespace eagain {
namespace {

class ConnectContract : public ContractTest {
 protected:
  // A socket that was refused, and has not been told so.
  UniqueFd refused() {
    UniqueFd listener = listening();
    const uint16_t port = port_of(listener);
    listener.reset();
    UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    EXPECT_THAT(connect_to(fd.get(), port), SysFailsWith(EINPROGRESS));
    EXPECT_TRUE(becomes(fd, EPOLLERR));
    return fd;
  }
};

TEST_P(ConnectContract, ARefusalIsToldOnceAndThenTheSocketConnectsAnew) {
  UniqueFd client = refused();
  UniqueFd listener = listening();
  EXPECT_THAT(connect_to(client.get(), port_of(listener)), SysFailsWith(ECONNREFUSED));
  EXPECT_THAT(connect_to(client.get(), port_of(listener)), SysFailsWith(EINPROGRESS));
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  ASSERT_TRUE(becomes(client, EPOLLOUT));
  EXPECT_EQ(mask(client), uint32_t{EPOLLOUT});
  EXPECT_THAT(connect_to(client.get(), port_of(listener)), SysSucceeds());
  UniqueFd server = own(sys.accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
  ASSERT_THAT(send(client, "anew"), SysSucceedsWith(4u));
  ASSERT_TRUE(arrived(server, 4));
}

TEST_P(ConnectContract, ARefusalTakenElsewhereIsEconnaborted) {
  UniqueFd client = refused();
  int error = 0;
  socklen_t length = sizeof error;
  ASSERT_THAT(sys.getsockopt(client.get(), SOL_SOCKET, SO_ERROR, &error, &length), SysSucceeds());
  EXPECT_EQ(error, ECONNREFUSED);
  EXPECT_THAT(connect_to(client.get(), 1), SysFailsWith(ECONNABORTED));
}

TEST_P(ConnectContract, ABlockingConnectThatWasRefusedConnectsAnew) {
  UniqueFd listener = listening();
  const uint16_t port = port_of(listener);
  listener.reset();
  UniqueFd client = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_THAT(connect_to(client.get(), port), SysFailsWith(ECONNREFUSED));
  UniqueFd another = listening();
  EXPECT_THAT(connect_to(client.get(), port_of(another)), SysSucceeds());
  EXPECT_THAT(connect_to(client.get(), port_of(another)), SysFailsWith(EISCONN));
}

TEST_P(ConnectContract, ADirectionShutBeforeItConnectsIsNotEndedByTheOther) {
  const UniqueFd listener = listening();
  const UniqueFd client = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  ASSERT_THAT(sys.shutdown(client.get(), SHUT_RDWR), SysFailsWith(ENOTCONN));
  ASSERT_THAT(connect_to(client.get(), port_of(listener)), SysFailsWith(EINPROGRESS));
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  const UniqueFd server = own(sys.accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
  ASSERT_THAT(sys.shutdown(client.get(), SHUT_RD), SysSucceeds());
  const Pair later = pair();  // an end that was sent would be there before what is sent here
  ASSERT_THAT(send(later.client, "x"), SysSucceedsWith(1u));
  ASSERT_TRUE(arrived(later.server, 1));
  EXPECT_EQ(mask(server), uint32_t{EPOLLOUT});
  ASSERT_THAT(sys.shutdown(client.get(), SHUT_WR), SysSucceeds());
  EXPECT_TRUE(becomes(server, EPOLLRDHUP));
}

TEST_P(ConnectContract, WhatWasConnectedNeverListens) {
  Pair both = pair();
  EXPECT_THAT(sys.listen(both.server.get(), 1), SysFailsWith(EINVAL));
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_THAT(sys.listen(both.server.get(), 1), SysFailsWith(EINVAL));
}

TEST_P(ConnectContract, APortNotAskedForGoesWithItsConnection) {
  UniqueFd listener = listening();
  UniqueFd client = connected(port_of(listener));
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  UniqueFd server = own(sys.accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
  const sockaddr_in any = loopback(0);
  const auto* address = reinterpret_cast<const sockaddr*>(&any);
  EXPECT_THAT(sys.bind(client.get(), address, sizeof any), SysFailsWith(EINVAL));
  reset(server);
  ASSERT_TRUE(becomes(client, EPOLLERR));
  EXPECT_THAT(sys.bind(client.get(), address, sizeof any), SysSucceeds());
}

EAGAIN_CONTRACT(ConnectContract);

}  // namespace
}  // namespace eagain
