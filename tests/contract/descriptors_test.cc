// Descriptor numbers, duplicates, flags, limits, and calls on what is not there.
#include "contract_fixture.h"

namespace eagain {
namespace {

class DescriptorContract : public ContractTest {};

TEST_P(DescriptorContract, ANewDescriptorIsTheLowestFree) {
  UniqueFd a = own(sys.eventfd(0, 0));
  UniqueFd b = own(sys.eventfd(0, 0));
  UniqueFd c = own(sys.eventfd(0, 0));
  const int low = a.get();
  const int middle = b.get();
  EXPECT_LT(low, middle);
  EXPECT_LT(middle, c.get());
  b.reset();
  a.reset();
  UniqueFd d = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  UniqueFd e = own(sys.epoll_create1(0));
  EXPECT_EQ(d.get(), low);
  EXPECT_EQ(e.get(), middle);
}

TEST_P(DescriptorContract, AcceptTakesTheLowestFree) {
  UniqueFd listener = listening();
  UniqueFd hole = own(sys.eventfd(0, 0));
  UniqueFd client = connected(port_of(listener));
  const int low = hole.get();
  hole.reset();
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  UniqueFd server = own(sys.accept4(listener.get(), nullptr, nullptr, 0));
  EXPECT_EQ(server.get(), low);
}

TEST_P(DescriptorContract, ACallOnAClosedDescriptorFailsWithEbadf) {
  UniqueFd fd = own(sys.eventfd(0, 0));
  UniqueFd ep = epoll();
  const int closed = fd.get();
  EXPECT_THAT(sys.close(fd.release()), SysSucceeds());
  char byte = 0;
  int value = 0;
  socklen_t length = sizeof value;
  sockaddr_in addr = loopback(1);
  sockaddr* generic = reinterpret_cast<sockaddr*>(&addr);
  socklen_t addrlen = sizeof addr;
  EXPECT_THAT(sys.close(closed), SysFailsWith(EBADF));
  EXPECT_THAT(sys.recv(closed, &byte, 1, 0), SysFailsWith(EBADF));
  EXPECT_THAT(sys.send(closed, &byte, 1, 0), SysFailsWith(EBADF));
  EXPECT_THAT(sys.read(closed, &byte, 1), SysFailsWith(EBADF));
  EXPECT_THAT(sys.write(closed, &byte, 1), SysFailsWith(EBADF));
  EXPECT_THAT(sys.accept4(closed, nullptr, nullptr, 0), SysFailsWith(EBADF));
  EXPECT_THAT(sys.listen(closed, 1), SysFailsWith(EBADF));
  EXPECT_THAT(sys.bind(closed, generic, addrlen), SysFailsWith(EBADF));
  EXPECT_THAT(sys.connect(closed, generic, addrlen), SysFailsWith(EBADF));
  EXPECT_THAT(sys.shutdown(closed, SHUT_WR), SysFailsWith(EBADF));
  EXPECT_THAT(sys.getsockname(closed, generic, &addrlen), SysFailsWith(EBADF));
  EXPECT_THAT(sys.getsockopt(closed, SOL_SOCKET, SO_ERROR, &value, &length), SysFailsWith(EBADF));
  EXPECT_THAT(sys.setsockopt(closed, SOL_SOCKET, SO_SNDBUF, &value, length), SysFailsWith(EBADF));
  EXPECT_THAT(sys.fcntl(closed, F_GETFL, 0), SysFailsWith(EBADF));
  EXPECT_THAT(ctl(ep, EPOLL_CTL_ADD, closed, EPOLLIN, 0), SysFailsWith(EBADF));
  EXPECT_THAT(ctl(ep, EPOLL_CTL_MOD, closed, EPOLLIN, 0), SysFailsWith(EBADF));
  EXPECT_THAT(ctl(ep, EPOLL_CTL_DEL, closed, EPOLLIN, 0), SysFailsWith(EBADF));
  epoll_event event{};
  EXPECT_THAT(sys.epoll_wait(closed, &event, 1, 0), SysFailsWith(EBADF));
  EXPECT_THAT(sys.fcntl(-1, F_GETFL, 0), SysFailsWith(EBADF));
}

TEST_P(DescriptorContract, ASocketCallOnWhatIsNoSocketFailsWithEnotsock) {
  UniqueFd fd = own(sys.eventfd(0, 0));
  char byte = 0;
  int value = 0;
  socklen_t length = sizeof value;
  sockaddr_in addr = loopback(1);
  sockaddr* generic = reinterpret_cast<sockaddr*>(&addr);
  socklen_t addrlen = sizeof addr;
  EXPECT_THAT(sys.recv(fd.get(), &byte, 1, 0), SysFailsWith(ENOTSOCK));
  EXPECT_THAT(sys.send(fd.get(), &byte, 1, 0), SysFailsWith(ENOTSOCK));
  EXPECT_THAT(sys.accept4(fd.get(), nullptr, nullptr, 0), SysFailsWith(ENOTSOCK));
  EXPECT_THAT(sys.listen(fd.get(), 1), SysFailsWith(ENOTSOCK));
  EXPECT_THAT(sys.bind(fd.get(), generic, addrlen), SysFailsWith(ENOTSOCK));
  EXPECT_THAT(sys.connect(fd.get(), generic, addrlen), SysFailsWith(ENOTSOCK));
  EXPECT_THAT(sys.shutdown(fd.get(), SHUT_WR), SysFailsWith(ENOTSOCK));
  EXPECT_THAT(sys.getsockname(fd.get(), generic, &addrlen), SysFailsWith(ENOTSOCK));
  EXPECT_THAT(sys.getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &value, &length),
              SysFailsWith(ENOTSOCK));
  EXPECT_THAT(sys.setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &value, length),
              SysFailsWith(ENOTSOCK));
}

TEST_P(DescriptorContract, ADuplicateIsTheSameSocket) {
  Pair both = pair();
  UniqueFd again = own(sys.fcntl(both.server.get(), F_DUPFD, 0));
  both.server.reset();
  ASSERT_THAT(send(both.client, "ping"), SysSucceedsWith(4u));
  ASSERT_TRUE(arrived(again, 4));
  EXPECT_THAT(recv(again), SysSucceedsWith(4u));
  EXPECT_EQ(received(), "ping");
  EXPECT_THAT(recv(again), SysFailsWith(EAGAIN)) << "O_NONBLOCK belongs to the open file";
}

TEST_P(DescriptorContract, DupfdTakesTheLowestFreeFromItsArgumentOn) {
  UniqueFd fd = own(sys.eventfd(0, 0));
  const int from = fd.get() + 10;
  UniqueFd a = own(sys.fcntl(fd.get(), F_DUPFD, from));
  UniqueFd b = own(sys.fcntl(fd.get(), F_DUPFD_CLOEXEC, from));
  EXPECT_EQ(a.get(), from);
  EXPECT_EQ(b.get(), from + 1);
  EXPECT_THAT(sys.fcntl(a.get(), F_GETFD, 0), SysSucceedsWith(0));
  EXPECT_THAT(sys.fcntl(b.get(), F_GETFD, 0), SysSucceedsWith(FD_CLOEXEC));
  EXPECT_THAT(sys.fcntl(fd.get(), F_DUPFD, -1), SysFailsWith(EINVAL));
}

TEST_P(DescriptorContract, TheLastCloseOfDuplicatesEndsTheConnection) {
  Pair both = pair();
  UniqueFd again = own(sys.fcntl(both.server.get(), F_DUPFD_CLOEXEC, 0));
  both.server.reset();
  EXPECT_THAT(recv(both.client), SysFailsWith(EAGAIN));
  again.reset();
  ASSERT_TRUE(becomes(both.client, EPOLLIN | EPOLLRDHUP));
  EXPECT_THAT(recv(both.client), SysSucceedsWith(0u));
}

TEST_P(DescriptorContract, StatusFlagsAreReadAndSet) {
  UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_THAT(sys.fcntl(fd.get(), F_GETFL, 0), SysSucceedsWith(O_RDWR));
  EXPECT_THAT(sys.fcntl(fd.get(), F_SETFL, O_NONBLOCK), SysSucceedsWith(0));
  EXPECT_THAT(sys.fcntl(fd.get(), F_GETFL, 0), SysSucceedsWith(O_RDWR | O_NONBLOCK));
  EXPECT_THAT(sys.fcntl(fd.get(), F_SETFL, 0), SysSucceedsWith(0));
  EXPECT_THAT(sys.fcntl(fd.get(), F_GETFL, 0), SysSucceedsWith(O_RDWR));
  UniqueFd born = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  EXPECT_THAT(sys.fcntl(born.get(), F_GETFL, 0), SysSucceedsWith(O_RDWR | O_NONBLOCK));
  EXPECT_THAT(sys.fcntl(born.get(), F_GETFD, 0), SysSucceedsWith(FD_CLOEXEC));
}

TEST_P(DescriptorContract, DescriptorFlagsBelongToTheDescriptor) {
  UniqueFd fd = own(sys.eventfd(0, EFD_CLOEXEC));
  UniqueFd again = own(sys.fcntl(fd.get(), F_DUPFD, 0));
  EXPECT_THAT(sys.fcntl(fd.get(), F_GETFD, 0), SysSucceedsWith(FD_CLOEXEC));
  EXPECT_THAT(sys.fcntl(again.get(), F_GETFD, 0), SysSucceedsWith(0));
  EXPECT_THAT(sys.fcntl(again.get(), F_SETFD, FD_CLOEXEC), SysSucceedsWith(0));
  EXPECT_THAT(sys.fcntl(again.get(), F_GETFD, 0), SysSucceedsWith(FD_CLOEXEC));
}

TEST_P(DescriptorContract, AnUnknownFcntlCommandIsEinval) {
  UniqueFd fd = own(sys.eventfd(0, 0));
  EXPECT_THAT(sys.fcntl(fd.get(), 9999, 0), SysFailsWith(EINVAL));
}

TEST_P(DescriptorContract, AtTheLimitEveryNewDescriptorIsEmfile) {
  UniqueFd listener = listening();
  UniqueFd client = connected(port_of(listener));
  UniqueFd last = own(sys.eventfd(0, 0));
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  kernel_->limit_descriptors(last.get() + 1);
  EXPECT_THAT(sys.socket(AF_INET, SOCK_STREAM, 0), SysFailsWith(EMFILE));
  EXPECT_THAT(sys.eventfd(0, 0), SysFailsWith(EMFILE));
  EXPECT_THAT(sys.epoll_create1(0), SysFailsWith(EMFILE));
  EXPECT_THAT(sys.fcntl(last.get(), F_DUPFD, 0), SysFailsWith(EMFILE));
  EXPECT_THAT(sys.fcntl(last.get(), F_DUPFD, last.get() + 1), SysFailsWith(EINVAL));
  EXPECT_THAT(sys.accept4(listener.get(), nullptr, nullptr, 0), SysFailsWith(EMFILE));
  last.reset();
  UniqueFd server = own(sys.accept4(listener.get(), nullptr, nullptr, 0));
  EXPECT_TRUE(server);
}

TEST_P(DescriptorContract, AtTheLimitAcceptSaysSoEvenWithNobodyWaiting) {
  UniqueFd listener = listening();
  kernel_->limit_descriptors(listener.get() + 1);
  EXPECT_THAT(sys.accept4(listener.get(), nullptr, nullptr, 0), SysFailsWith(EMFILE));
}

EAGAIN_CONTRACT(DescriptorContract);

}  // namespace
}  // namespace eagain
