// Listening, connecting and accepting.
#include "contract_fixture.h"

namespace eagain {
namespace {

class ListenerContract : public ContractTest {
 protected:
  int so_error(const UniqueFd& fd) {
    int value = -1;
    socklen_t length = sizeof value;
    EXPECT_THAT(sys.getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &value, &length), SysSucceeds());
    return value;
  }
  // A connection under way from a non-blocking socket.
  UniqueFd connecting(uint16_t port) {
    UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    EXPECT_THAT(connect_to(fd.get(), port), SysFailsWith(EINPROGRESS));
    return fd;
  }
};

TEST_P(ListenerContract, NobodyWaitingIsEagain) {
  UniqueFd listener = listening();
  EXPECT_THAT(sys.accept4(listener.get(), nullptr, nullptr, 0), SysFailsWith(EAGAIN));
  EXPECT_EQ(mask(listener), 0u);
}

TEST_P(ListenerContract, ClientsAreAcceptedInTheOrderInWhichTheyCame) {
  UniqueFd listener = listening();
  std::vector<UniqueFd> clients;
  std::vector<uint16_t> ports;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(connected(port_of(listener)));
    ports.push_back(port_of(clients.back()));
  }
  for (uint16_t port : ports) {
    ASSERT_TRUE(becomes(listener, EPOLLIN));
    sockaddr_in from{};
    socklen_t length = sizeof from;
    UniqueFd server = own(
        sys.accept4(listener.get(), reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK));
    EXPECT_EQ(length, sizeof from);
    EXPECT_EQ(from.sin_family, AF_INET);
    EXPECT_EQ(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    EXPECT_EQ(ntohs(from.sin_port), port);
    EXPECT_EQ(port_of(server), port_of(listener));
  }
  EXPECT_THAT(sys.accept4(listener.get(), nullptr, nullptr, 0), SysFailsWith(EAGAIN));
}

TEST_P(ListenerContract, AcceptedSocketsAreNonBlockingOnlyWhenAsked) {
  UniqueFd listener = listening();
  UniqueFd one = connected(port_of(listener));
  UniqueFd two = connected(port_of(listener));
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  UniqueFd plain = own(sys.accept4(listener.get(), nullptr, nullptr, 0));
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  UniqueFd asked = own(sys.accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  EXPECT_THAT(sys.fcntl(plain.get(), F_GETFL, 0), SysSucceedsWith(O_RDWR));
  EXPECT_THAT(sys.fcntl(plain.get(), F_GETFD, 0), SysSucceedsWith(0));
  EXPECT_THAT(sys.fcntl(asked.get(), F_GETFL, 0), SysSucceedsWith(O_RDWR | O_NONBLOCK));
  EXPECT_THAT(sys.fcntl(asked.get(), F_GETFD, 0), SysSucceedsWith(FD_CLOEXEC));
}

TEST_P(ListenerContract, BytesMayComeBeforeTheAccept) {
  UniqueFd listener = listening();
  UniqueFd client = connected(port_of(listener));
  ASSERT_THAT(send(client, "early"), SysSucceedsWith(5u));
  ASSERT_THAT(sys.shutdown(client.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  UniqueFd server = own(sys.accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
  ASSERT_TRUE(becomes(server, EPOLLRDHUP));
  EXPECT_THAT(recv(server), SysSucceedsWith(5u));
  EXPECT_THAT(recv(server), SysSucceedsWith(0u));
}

TEST_P(ListenerContract, ABurstWithinTheBacklogIsAllThere) {
  UniqueFd listener = listening(64);
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(connecting(port_of(listener)));
  }
  for (UniqueFd& client : clients) {
    EXPECT_TRUE(becomes(client, EPOLLOUT));
  }
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(becomes(listener, EPOLLIN));
    UniqueFd server = own(sys.accept4(listener.get(), nullptr, nullptr, 0));
  }
}

TEST_P(ListenerContract, BeyondTheBacklogAClientWaitsAndIsServedLater) {
  UniqueFd listener = listening(1);  // Linux queues one more than the backlog says
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(connecting(port_of(listener)));
  }
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(becomes(listener, EPOLLIN)) << i;
    UniqueFd server = own(sys.accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
  }
}

TEST_P(ListenerContract, ANonBlockingConnectIsUnderWayThenDone) {
  UniqueFd listener = listening();
  UniqueFd client = connecting(port_of(listener));
  ASSERT_TRUE(becomes(client, EPOLLOUT));
  EXPECT_EQ(mask(client), uint32_t{EPOLLOUT});
  EXPECT_EQ(so_error(client), 0);
  EXPECT_THAT(connect_to(client.get(), port_of(listener)), SysSucceeds())
      << "the first answer after EINPROGRESS is the outcome";
  EXPECT_THAT(connect_to(client.get(), port_of(listener)), SysFailsWith(EISCONN));
}

TEST_P(ListenerContract, NobodyListeningIsEconnrefused) {
  UniqueFd listener = listening();
  const uint16_t port = port_of(listener);
  listener.reset();
  UniqueFd blocking = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_THAT(connect_to(blocking.get(), port), SysFailsWith(ECONNREFUSED));
  UniqueFd client = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  SysResult<void> now = connect_to(client.get(), port);
  ASSERT_FALSE(now.ok());
  if (now.error() == EINPROGRESS) {
    ASSERT_TRUE(becomes(client, EPOLLERR));
    EXPECT_EQ(mask(client), uint32_t{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLERR | EPOLLHUP});
    EXPECT_EQ(so_error(client), ECONNREFUSED);
  } else {
    EXPECT_EQ(now.error(), ECONNREFUSED);
  }
  EXPECT_THAT(send(client, "x"), SysFailsWith(EPIPE));
}

TEST_P(ListenerContract, AClosedListenerResetsThoseWhoWait) {
  UniqueFd listener = listening();
  UniqueFd client = connected(port_of(listener));
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  listener.reset();
  ASSERT_TRUE(becomes(client, EPOLLERR));
  EXPECT_THAT(recv(client), SysFailsWith(ECONNRESET));
}

TEST_P(ListenerContract, AShutDownListenerListensNoMore) {
  UniqueFd listener = listening();
  const uint16_t port = port_of(listener);
  UniqueFd waiting = connected(port);
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  ASSERT_THAT(sys.shutdown(listener.get(), SHUT_RDWR), SysSucceeds());
  EXPECT_THAT(sys.accept4(listener.get(), nullptr, nullptr, 0), SysFailsWith(EINVAL));
  EXPECT_EQ(mask(listener) & EPOLLHUP, uint32_t{EPOLLHUP});
  EXPECT_TRUE(becomes(waiting, EPOLLERR));
  UniqueFd late = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_THAT(connect_to(late.get(), port), SysFailsWith(ECONNREFUSED));
}

TEST_P(ListenerContract, AShutdownBeforeItListenedIsHandedDown) {
  UniqueFd listener = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  ASSERT_THAT(sys.shutdown(listener.get(), SHUT_RDWR), SysFailsWith(ENOTCONN));
  ASSERT_THAT(sys.listen(listener.get(), 1), SysSucceeds());
  UniqueFd client = connected(port_of(listener));
  EXPECT_TRUE(becomes(client, EPOLLRDHUP));
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  UniqueFd server = own(sys.accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
  EXPECT_THAT(recv(server), SysSucceedsWith(0u));
  EXPECT_THAT(send(server, "x"), SysFailsWith(EPIPE));
  EXPECT_THAT(sys.shutdown(listener.get(), SHUT_RD), SysSucceeds());
  EXPECT_EQ(mask(listener), uint32_t{EPOLLOUT | EPOLLHUP});
}

TEST_P(ListenerContract, AcceptOnWhatDoesNotListenIsEinval) {
  UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  EXPECT_THAT(sys.accept4(fd.get(), nullptr, nullptr, 0), SysFailsWith(EINVAL));
  Pair both = pair();
  EXPECT_THAT(sys.accept4(both.server.get(), nullptr, nullptr, 0), SysFailsWith(EINVAL));
  UniqueFd listener = listening();
  EXPECT_THAT(sys.accept4(listener.get(), nullptr, nullptr, 0x1234567), SysFailsWith(EINVAL));
}

TEST_P(ListenerContract, AListenerIsNoStream) {
  UniqueFd listener = listening();
  EXPECT_THAT(recv(listener), SysFailsWith(ENOTCONN));
  EXPECT_THAT(send(listener, "x"), SysFailsWith(EPIPE));
  EXPECT_THAT(connect_to(listener.get(), port_of(listener)), SysFailsWith(EISCONN));
}

TEST_P(ListenerContract, AFreshSocketIsNotConnected) {
  UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  EXPECT_EQ(mask(fd), uint32_t{EPOLLOUT | EPOLLHUP});
  EXPECT_THAT(recv(fd), SysFailsWith(ENOTCONN));
  EXPECT_THAT(send(fd, "x"), SysFailsWith(EPIPE));
  EXPECT_THAT(sys.shutdown(fd.get(), SHUT_RDWR), SysFailsWith(ENOTCONN));
}

TEST_P(ListenerContract, APortInUseIsEaddrinuse) {
  UniqueFd listener = listening();
  UniqueFd second = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in addr = loopback(port_of(listener));
  EXPECT_THAT(sys.bind(second.get(), reinterpret_cast<sockaddr*>(&addr), sizeof addr),
              SysFailsWith(EADDRINUSE));
  int one = 1;
  ASSERT_THAT(sys.setsockopt(second.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one),
              SysSucceeds());
  EXPECT_THAT(sys.bind(second.get(), reinterpret_cast<sockaddr*>(&addr), sizeof addr),
              SysFailsWith(EADDRINUSE))
      << "SO_REUSEADDR does not take a port from who listens";
}

TEST_P(ListenerContract, ASocketIsBoundOnce) {
  UniqueFd listener = listening();
  sockaddr_in addr = loopback(0);
  EXPECT_THAT(sys.bind(listener.get(), reinterpret_cast<sockaddr*>(&addr), sizeof addr),
              SysFailsWith(EINVAL));
  EXPECT_THAT(sys.listen(listener.get(), 5), SysSucceeds()) << "a second listen sets the backlog";
}

TEST_P(ListenerContract, APortIsFreeAgainOnceItsListenerIsClosed) {
  UniqueFd listener = listening();
  const uint16_t port = port_of(listener);
  listener.reset();
  UniqueFd next = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in addr = loopback(port);
  EXPECT_THAT(sys.bind(next.get(), reinterpret_cast<sockaddr*>(&addr), sizeof addr), SysSucceeds());
  EXPECT_THAT(sys.listen(next.get(), 5), SysSucceeds());
}

TEST_P(ListenerContract, ReuseportListenersShareThePort) {
  int one = 1;
  UniqueFd first = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  ASSERT_THAT(sys.setsockopt(first.get(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one),
              SysSucceeds());
  sockaddr_in addr = loopback(0);
  ASSERT_THAT(sys.bind(first.get(), reinterpret_cast<sockaddr*>(&addr), sizeof addr),
              SysSucceeds());
  ASSERT_THAT(sys.listen(first.get(), 16), SysSucceeds());
  UniqueFd second = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  ASSERT_THAT(sys.setsockopt(second.get(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one),
              SysSucceeds());
  addr.sin_port = htons(port_of(first));
  ASSERT_THAT(sys.bind(second.get(), reinterpret_cast<sockaddr*>(&addr), sizeof addr),
              SysSucceeds());
  ASSERT_THAT(sys.listen(second.get(), 16), SysSucceeds());
  std::vector<UniqueFd> clients;
  int accepted = 0;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(connected(port_of(first)));
    for (UniqueFd* listener : {&first, &second}) {
      while (becomes(clients.back(), EPOLLOUT)) {
        SysResult<int> fd = sys.accept4(listener->get(), nullptr, nullptr, 0);
        if (!fd.ok()) {
          EXPECT_EQ(fd.error(), EAGAIN);
          break;
        }
        ++accepted;
        EXPECT_THAT(sys.close(*fd), SysSucceeds());
      }
    }
  }
  EXPECT_EQ(accepted, 20);
}

EAGAIN_CONTRACT(ListenerContract);

}  // namespace
}  // namespace eagain
