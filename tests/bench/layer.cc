// What the syscall layer costs: one echo loop, once on Sys and once on the C library's calls, compiled side
// by side. It serves one client for so many messages and ends, so that its instructions can be counted.
//
//   layer sys|direct PORT [MESSAGES]
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <string_view>

#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/unique_fd.h"

namespace eagain {
namespace {

constexpr size_t kBuffer = size_t{64} * 1024;
constexpr int kEvents = 256;

// The loop's calls, each answering what the system call does.
struct Direct {
  int wait(int epoll, epoll_event* events) { return ::epoll_wait(epoll, events, kEvents, -1); }
  ssize_t receive(int fd, char* to) { return ::recv(fd, to, kBuffer, 0); }
  ssize_t send(int fd, const char* from, size_t count) {
    return ::send(fd, from, count, MSG_NOSIGNAL);
  }
};

struct ThroughSys {
  int wait(int epoll, epoll_event* events) {
    const SysResult<int> ready = sys.epoll_wait(epoll, events, kEvents, -1);
    return ready ? *ready : -1;
  }
  ssize_t receive(int fd, char* to) { return answer(sys.recv(fd, to, kBuffer, 0)); }
  ssize_t send(int fd, const char* from, size_t count) {
    return answer(sys.send(fd, from, count, MSG_NOSIGNAL));
  }
  static ssize_t answer(const SysResult<size_t>& result) {
    return result ? static_cast<ssize_t>(*result) : -1;
  }

  Sys& sys;
};

int Listen(uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 16) != 0) {
    return -1;
  }
  return listener;
}

template <typename Calls>
void Echo(Calls calls, int client, long messages) {
  static std::array<char, kBuffer> buffer;
  std::array<epoll_event, kEvents> events;
  KernelSys kernel;
  const UniqueFd epoll(kernel, ::epoll_create1(0));
  epoll_event event{.events = EPOLLIN, .data = {.fd = client}};
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, client, &event);
  for (long done = 0; done < messages;) {
    const int ready = calls.wait(epoll.get(), events.data());
    for (int i = 0; i < ready; ++i, ++done) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      const ssize_t got = calls.receive(fd, buffer.data());
      if (got <= 0 || calls.send(fd, buffer.data(), static_cast<size_t>(got)) != got) {
        return;  // it has left
      }
    }
  }
}

}  // namespace
}  // namespace eagain

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: layer sys|direct PORT [MESSAGES]\n";
    return 2;
  }
  const long messages = argc > 3 ? std::atol(argv[3]) : std::numeric_limits<long>::max();
  const int listener = eagain::Listen(static_cast<uint16_t>(std::atoi(argv[2])));
  eagain::KernelSys kernel;
  // One client after the other, for as long as messages are not bounded.
  do {
    const eagain::UniqueFd client(kernel, ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK));
    if (!client) {
      return 1;
    }
    if (std::string_view(argv[1]) == "sys") {
      eagain::Echo(eagain::ThroughSys{kernel}, client.get(), messages);
    } else {
      eagain::Echo(eagain::Direct{}, client.get(), messages);
    }
  } while (argc <= 3);
  return 0;
}
