// The kernel's tables of sockets against sockets that this test made.
#include "eagain/driver/socket_table.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "eagain/driver/sock_diag.h"

namespace eagain::driver {
namespace {

uint16_t PortOf(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

uint64_t InodeOf(int fd) {
  struct stat info {};
  ::fstat(fd, &info);
  return info.st_ino;
}

// A listener on 127.0.0.1 and a client of it.
class SocketTableTest : public testing::Test {
 protected:
  SocketTableTest() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener_, 5), 0);
    address.sin_port = htons(PortOf(listener_));
    address_ = address;
    client_ = connected();
  }
  ~SocketTableTest() override {
    ::close(client_);
    ::close(listener_);
  }
  int connected() const {
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&address_), sizeof(address_)), 0);
    return client;
  }
  static std::optional<TcpSocket> find(const std::vector<TcpSocket>& sockets, uint64_t inode) {
    const auto found = std::find_if(sockets.begin(), sockets.end(),
                                    [&](const TcpSocket& one) { return one.inode == inode; });
    return found == sockets.end() ? std::nullopt : std::optional(*found);
  }

  sockaddr_in address_{};
  int listener_;
  int client_;
};

using Row = std::tuple<std::string, uint16_t, std::string, uint16_t, TcpState, uint32_t, uint32_t,
                       uint64_t, bool>;

std::vector<Row> RowsOf(std::vector<TcpSocket> sockets, uint16_t port) {
  std::vector<Row> rows;
  for (const TcpSocket& one : sockets) {
    if (one.local_port == port || one.remote_port == port) {
      rows.emplace_back(one.local_address, one.local_port, one.remote_address, one.remote_port,
                        one.state, one.tx_queue, one.rx_queue, one.inode, one.ipv6);
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

TEST_F(SocketTableTest, AListenerIsToldWithTheConnectionsThatWait) {
  for (const auto& table : {ReadTcpSockets(), ReadTcpFiles(), ReadListeners()}) {
    const auto listener = find(table, InodeOf(listener_));
    ASSERT_TRUE(listener);
    EXPECT_EQ(listener->state, TcpState::kListen);
    EXPECT_EQ(listener->local_address, "127.0.0.1");
    EXPECT_EQ(listener->local_port, PortOf(listener_));
    EXPECT_EQ(listener->rx_queue, 1U);
    EXPECT_FALSE(listener->ipv6);
  }
}

TEST_F(SocketTableTest, AConnectionIsToldWithWhatWaitsInIt) {
  const int server = ::accept(listener_, nullptr, nullptr);
  EXPECT_EQ(::send(client_, "ping", 4, 0), 4);
  const auto accepted = find(ReadTcpSockets(), InodeOf(server));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->state, TcpState::kEstablished);
  EXPECT_EQ(accepted->rx_queue, 4U);
  EXPECT_EQ(accepted->remote_port, PortOf(client_));
  const auto other = FindOtherEnd(client_);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->inode, InodeOf(server));
  EXPECT_EQ(other->rx_queue, 4U);
  ::close(server);
}

TEST_F(SocketTableTest, TheKernelAnswersWhatItsFilesSay) {
  const int server = ::accept(listener_, nullptr, nullptr);
  EXPECT_EQ(::send(client_, "ping", 4, 0), 4);
  const int second = connected();
  const int half = ::accept(listener_, nullptr, nullptr);
  ::shutdown(second, SHUT_WR);  // FIN_WAIT2 here, CLOSE_WAIT there
  const int third = connected();
  const int left = ::accept(listener_, nullptr, nullptr);
  ::close(third);
  ::close(left);                  // TIME_WAIT
  const int waits = connected();  // ESTABLISHED, and of no process
  const uint16_t port = PortOf(listener_);
  // The kernel acknowledges a FIN when it pleases: the answer counts when nothing moved beside it.
  constexpr int kMostLooks = 1000;
  std::vector<Row> before;
  std::vector<Row> dumped;
  std::vector<Row> after;
  int looks = 0;
  do {
    before = RowsOf(ReadTcpFiles(), port);
    const auto sockets = DumpTcpSockets();
    ASSERT_TRUE(sockets);
    dumped = RowsOf(*sockets, port);
    after = RowsOf(ReadTcpFiles(), port);
  } while (before != after && ++looks < kMostLooks);
  EXPECT_THAT(dumped,
              testing::SizeIs(testing::Ge(8)));  // who had the port before may be in TIME_WAIT
  EXPECT_EQ(dumped, after);
  for (const int fd : {server, second, half, waits}) {
    ::close(fd);
  }
}

TEST_F(SocketTableTest, BeforeItIsAcceptedNoProcessHasIt) {
  const auto other = FindOtherEnd(client_);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->inode, 0U);
}

TEST_F(SocketTableTest, TheFingerprintChangesWithEveryQueueAndOnlyThen) {
  const uint16_t port = PortOf(listener_);
  const int server = ::accept(listener_, nullptr, nullptr);
  const uint64_t before = QueueFingerprint(port);
  EXPECT_EQ(QueueFingerprint(port), before);
  EXPECT_EQ(::send(client_, "x", 1, 0), 1);
  const uint64_t sent = QueueFingerprint(port);
  EXPECT_NE(sent, before);
  char byte = 0;
  EXPECT_EQ(::recv(server, &byte, 1, 0), 1);
  EXPECT_EQ(QueueFingerprint(port), before);
  ::close(server);
}

TEST_F(SocketTableTest, TheListenersOfAProcessAreThoseItHolds) {
  const auto own = ListenersOf(::getpid());
  EXPECT_TRUE(find(own, InodeOf(listener_)));
  EXPECT_TRUE(SocketInodes({::getpid()}).contains(InodeOf(client_)));
  EXPECT_FALSE(find(own, InodeOf(client_)));
}

TEST(ListenerTest, WhetherIpv6ListenersTakeIpv4IsKnown) {
  for (const int only : {0, 1}) {
    const int fd = ::socket(AF_INET6, SOCK_STREAM, 0);
    if (fd < 0) {
      GTEST_SKIP() << "no IPv6 on this machine";
    }
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
    ASSERT_EQ(::listen(fd, 1), 0);
    for (const TcpSocket& listener : ReadListeners()) {
      if (listener.inode == InodeOf(fd)) {
        EXPECT_EQ(listener.local_address, "::");
        EXPECT_TRUE(listener.ipv6);
        EXPECT_EQ(TakesIpv6Only(listener), only == 1);
      }
    }
    ::close(fd);
  }
}

}  // namespace
}  // namespace eagain::driver
