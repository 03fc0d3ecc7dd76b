#include "contract_fixture.h"

#include <arpa/inet.h>

#include <array>

namespace eagain {

void PrintTo(const KernelUnderTest& kernel, std::ostream* os) { *os << kernel.name; }

std::string KernelName(const testing::TestParamInfo<KernelUnderTest>& info) {
  return info.param.name;
}

std::string EventNames(uint32_t events) {
  static constexpr std::pair<uint32_t, const char*> kNames[] = {
      {EPOLLIN, "IN"},       {EPOLLOUT, "OUT"}, {EPOLLPRI, "PRI"},
      {EPOLLRDHUP, "RDHUP"}, {EPOLLERR, "ERR"}, {EPOLLHUP, "HUP"}};
  std::string text;
  for (auto [bit, name] : kNames) {
    if ((events & bit) != 0) {
      text += (text.empty() ? "" : "|") + std::string(name);
    }
  }
  return text.empty() ? "none" : text;
}

void PrintTo(const Event& event, std::ostream* os) {
  *os << '{' << event.data << ", " << EventNames(event.events) << '}';
}

UniqueFd ContractTest::own(SysResult<int> made) {
  EXPECT_THAT(made, SysSucceeds());
  return made.ok() ? UniqueFd(sys, *made) : UniqueFd();
}

sockaddr_in ContractTest::loopback(uint16_t port) {
  sockaddr_in addr{};
  addr.sin_family = AF_INET;
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  addr.sin_port = htons(port);
  return addr;
}

UniqueFd ContractTest::listening(int backlog, int flags) {
  UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  sockaddr_in addr = loopback(0);
  EXPECT_THAT(sys.bind(fd.get(), reinterpret_cast<sockaddr*>(&addr), sizeof addr), SysSucceeds());
  EXPECT_THAT(sys.listen(fd.get(), backlog), SysSucceeds());
  return fd;
}

uint16_t ContractTest::port_of(const UniqueFd& fd) {
  sockaddr_in addr{};
  socklen_t length = sizeof addr;
  EXPECT_THAT(sys.getsockname(fd.get(), reinterpret_cast<sockaddr*>(&addr), &length),
              SysSucceeds());
  return ntohs(addr.sin_port);
}

SysResult<void> ContractTest::connect_to(int fd, uint16_t port) {
  sockaddr_in addr = loopback(port);
  return sys.connect(fd, reinterpret_cast<sockaddr*>(&addr), sizeof addr);
}

UniqueFd ContractTest::connected(uint16_t port) {
  UniqueFd fd = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_THAT(connect_to(fd.get(), port), SysSucceeds());
  EXPECT_THAT(sys.fcntl(fd.get(), F_SETFL, O_NONBLOCK), SysSucceeds());
  return fd;
}

Pair ContractTest::pair(bool small_buffers) {
  UniqueFd listener = listening();
  if (small_buffers) {  // before the connection: the window is agreed upon when it is made
    int bytes = 4096;
    EXPECT_THAT(sys.setsockopt(listener.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes),
                SysSucceeds());
    EXPECT_THAT(sys.setsockopt(listener.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes),
                SysSucceeds());
  }
  UniqueFd client = own(sys.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (small_buffers) {
    int bytes = 4096;
    EXPECT_THAT(sys.setsockopt(client.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes),
                SysSucceeds());
    EXPECT_THAT(sys.setsockopt(client.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes),
                SysSucceeds());
  }
  EXPECT_THAT(connect_to(client.get(), port_of(listener)), SysSucceeds());
  EXPECT_THAT(sys.fcntl(client.get(), F_SETFL, O_NONBLOCK), SysSucceeds());
  EXPECT_TRUE(becomes(listener, EPOLLIN));
  UniqueFd server = own(sys.accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
  return {std::move(client), std::move(server)};
}

uint32_t ContractTest::mask(const UniqueFd& fd) {
  pollfd entry{fd.get(), POLLIN | POLLOUT | POLLPRI | POLLRDHUP, 0};
  EXPECT_THAT(sys.poll(&entry, 1, 0), SysSucceeds());
  return static_cast<uint16_t>(entry.revents);
}

bool ContractTest::becomes(const UniqueFd& fd, uint32_t wanted) {
  for (int turn = 0; turn < kPatienceMs && (mask(fd) & wanted) != wanted; ++turn) {
    timespec pause{0, 1'000'000};
    EXPECT_THAT(sys.nanosleep(&pause, nullptr), SysSucceeds());
  }
  return (mask(fd) & wanted) == wanted;
}

bool ContractTest::ceases(const UniqueFd& fd, uint32_t unwanted) {
  for (int turn = 0; turn < kPatienceMs && (mask(fd) & unwanted) != 0; ++turn) {
    timespec pause{0, 1'000'000};
    EXPECT_THAT(sys.nanosleep(&pause, nullptr), SysSucceeds());
  }
  return (mask(fd) & unwanted) == 0;
}

bool ContractTest::arrived(const UniqueFd& fd, size_t count) {
  std::vector<char> buffer(count);
  for (int turn = 0; turn < kPatienceMs; ++turn) {
    SysResult<size_t> seen = sys.recv(fd.get(), buffer.data(), count, MSG_PEEK);
    if (seen.ok() && *seen == count) {
      return true;
    }
    timespec pause{0, 1'000'000};
    EXPECT_THAT(sys.nanosleep(&pause, nullptr), SysSucceeds());
  }
  return false;
}

SysResult<size_t> ContractTest::send(const UniqueFd& fd, std::string_view bytes) {
  return sys.send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

SysResult<size_t> ContractTest::recv(const UniqueFd& fd, size_t len) {
  received_.assign(len, '\0');
  SysResult<size_t> got = sys.recv(fd.get(), received_.data(), len, 0);
  received_.resize(got.ok() ? *got : 0);
  return got;
}

size_t ContractTest::fill(const UniqueFd& from, const UniqueFd& to) {
  const std::string bytes(1000, 'f');
  size_t sent = 0;
  for (int quiet = 0; quiet < 20;) {
    SysResult<size_t> result = send(from, bytes);
    if (result.ok()) {
      sent += *result;
      quiet = 0;
      continue;
    }
    EXPECT_THAT(result, SysFailsWith(EAGAIN));
    EXPECT_TRUE(becomes(to, EPOLLIN));
    timespec pause{0, 5'000'000};
    EXPECT_THAT(sys.nanosleep(&pause, nullptr), SysSucceeds());
    ++quiet;
  }
  return sent;
}

bool ContractTest::drain(const UniqueFd& fd, size_t count) {
  size_t got = 0;
  while (got < count && becomes(fd, EPOLLIN)) {
    SysResult<size_t> result = recv(fd);
    if (!result.ok() || *result == 0) {
      return false;
    }
    got += *result;
  }
  return got == count;
}

void ContractTest::reset(UniqueFd& fd) {
  linger now{1, 0};
  EXPECT_THAT(sys.setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now), SysSucceeds());
  fd.reset();
}

SysResult<void> ContractTest::ctl(const UniqueFd& ep, int op, int fd, uint32_t events, int data) {
  epoll_event event{};
  event.events = events;
  event.data.fd = data;
  return sys.epoll_ctl(ep.get(), op, fd, &event);
}

void ContractTest::add(const UniqueFd& ep, const UniqueFd& fd, uint32_t events, int data) {
  EXPECT_THAT(ctl(ep, EPOLL_CTL_ADD, fd.get(), events, data), SysSucceeds());
}

std::vector<Event> ContractTest::events(const UniqueFd& ep, int max, int timeout_ms) {
  std::array<epoll_event, 64> ready{};
  SysResult<int> count = sys.epoll_wait(ep.get(), ready.data(), max, timeout_ms);
  EXPECT_THAT(count, SysSucceeds());
  std::vector<Event> found;
  for (int i = 0; count.ok() && i < *count; ++i) {
    found.push_back({ready[static_cast<size_t>(i)].data.fd, ready[static_cast<size_t>(i)].events});
  }
  return found;
}

}  // namespace eagain
