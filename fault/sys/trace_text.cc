#include "eagain/fault/sys/trace_text.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <iterator>
#include <utility>

#include "eagain/fault/plan/printer.h"

namespace eagain::fault {
namespace {

using Names = std::initializer_list<std::pair<uint32_t, const char*>>;

// "A|B", with what has no name in hexadecimal; "0" for nothing.
std::string Flags(uint32_t flags, Names names) {
  std::string text;
  for (const auto& [flag, name] : names) {
    if ((flags & flag) != 0) {
      text += (text.empty() ? "" : "|") + std::string(name);
      flags &= ~flag;
    }
  }
  if (flags != 0) {
    text += (text.empty() ? "" : "|") + fmt::format("{:#x}", flags);
  }
  return text.empty() ? "0" : text;
}

std::string OneOf(int value, std::initializer_list<std::pair<int, const char*>> names) {
  for (const auto& [known, name] : names) {
    if (known == value) {
      return name;
    }
  }
  return std::to_string(value);
}

void AppendSet(std::string& text, const char* name, int nfds, const fd_set* set) {
  if (set == nullptr) {
    return;
  }
  text += (text.empty() ? "" : ", ") + std::string(name);
  for (int fd = 0; fd < std::min(nfds, FD_SETSIZE); ++fd) {
    if (FD_ISSET(fd, set)) {
      text += fmt::format(" {}", fd);
    }
  }
}

}  // namespace

std::string SocketTypeText(int type) {
  const int flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC);
  const std::string kind =
      OneOf(type & ~flags,
            {{SOCK_STREAM, "STREAM"}, {SOCK_DGRAM, "DGRAM"}, {SOCK_SEQPACKET, "SEQPACKET"}});
  return flags == 0 ? kind : kind + "|" + DescriptorFlagsText(flags);
}

std::string MessageFlagsText(int flags) {
  return Flags(static_cast<uint32_t>(flags), {{MSG_NOSIGNAL, "NOSIGNAL"},
                                              {MSG_DONTWAIT, "DONTWAIT"},
                                              {MSG_PEEK, "PEEK"},
                                              {MSG_WAITALL, "WAITALL"},
                                              {MSG_MORE, "MORE"},
                                              {MSG_TRUNC, "TRUNC"}});
}

std::string DescriptorFlagsText(int flags) {
  return Flags(static_cast<uint32_t>(flags), {{O_NONBLOCK, "NONBLOCK"}, {O_CLOEXEC, "CLOEXEC"}});
}

std::string StatusFlagsText(int flags) {
  return Flags(static_cast<uint32_t>(flags),
               {{O_NONBLOCK, "NONBLOCK"}, {O_RDWR, "RDWR"}, {O_APPEND, "APPEND"}});
}

std::string AddressText(const sockaddr* addr, socklen_t addrlen) {
  char host[INET6_ADDRSTRLEN] = "?";
  if (addr == nullptr || addrlen < sizeof addr->sa_family) {
    return "null";
  }
  if (addr->sa_family == AF_INET && addrlen >= sizeof(sockaddr_in)) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(addr);
    inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
    return fmt::format("{}:{}", host, ntohs(in->sin_port));
  }
  if (addr->sa_family == AF_INET6 && addrlen >= sizeof(sockaddr_in6)) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(addr);
    inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
    return fmt::format("[{}]:{}", host, ntohs(in6->sin6_port));
  }
  return OneOf(addr->sa_family, {{AF_UNSPEC, "UNSPEC"}, {AF_UNIX, "UNIX"}});
}

std::string OptionText(int level, int optname) {
  if (level == SOL_SOCKET) {
    return "SOL_SOCKET " + OneOf(optname, {{SO_REUSEADDR, "SO_REUSEADDR"},
                                           {SO_REUSEPORT, "SO_REUSEPORT"},
                                           {SO_SNDBUF, "SO_SNDBUF"},
                                           {SO_RCVBUF, "SO_RCVBUF"},
                                           {SO_LINGER, "SO_LINGER"},
                                           {SO_ERROR, "SO_ERROR"},
                                           {SO_KEEPALIVE, "SO_KEEPALIVE"}});
  }
  if (level == IPPROTO_TCP) {
    return "IPPROTO_TCP " +
           OneOf(optname, {{TCP_NODELAY, "TCP_NODELAY"}, {TCP_MAXSEG, "TCP_MAXSEG"}});
  }
  return fmt::format("{} {}", level, optname);
}

std::string FcntlText(int cmd) {
  return OneOf(cmd, {{F_GETFL, "F_GETFL"},
                     {F_SETFL, "F_SETFL"},
                     {F_GETFD, "F_GETFD"},
                     {F_SETFD, "F_SETFD"},
                     {F_DUPFD, "F_DUPFD"},
                     {F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC"}});
}

std::string EpollOpText(int op) {
  return OneOf(op, {{EPOLL_CTL_ADD, "ADD"}, {EPOLL_CTL_MOD, "MOD"}, {EPOLL_CTL_DEL, "DEL"}});
}

std::string ClockText(clockid_t clock) {
  return OneOf(clock, {{CLOCK_MONOTONIC, "MONOTONIC"}, {CLOCK_REALTIME, "REALTIME"}});
}

std::string EpollEventsText(uint32_t events) {
  return Flags(events, {{EPOLLIN, "IN"},
                        {EPOLLPRI, "PRI"},
                        {EPOLLOUT, "OUT"},
                        {EPOLLERR, "ERR"},
                        {EPOLLHUP, "HUP"},
                        {EPOLLRDHUP, "RDHUP"},
                        {EPOLLET, "ET"},
                        {EPOLLONESHOT, "ONESHOT"},
                        {EPOLLEXCLUSIVE, "EXCLUSIVE"},
                        {EPOLLWAKEUP, "WAKEUP"}});
}

std::string PollEventsText(short events) {
  return Flags(static_cast<uint16_t>(events), {{POLLIN, "IN"},
                                               {POLLPRI, "PRI"},
                                               {POLLOUT, "OUT"},
                                               {POLLERR, "ERR"},
                                               {POLLHUP, "HUP"},
                                               {POLLNVAL, "NVAL"},
                                               {POLLRDHUP, "RDHUP"}});
}

std::string TimeText(const timespec& time) {
  return DurationText(std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

std::string TimeText(int timeout_ms) {
  return timeout_ms < 0 ? "for ever" : fmt::format("{}ms", timeout_ms);
}

std::string BytesText(const void* data, size_t size) {
  constexpr size_t kShown = 24;
  const auto* bytes = static_cast<const unsigned char*>(data);
  std::string text = "\"";
  for (size_t i = 0; i < std::min(size, kShown); ++i) {
    const unsigned char c = bytes[i];
    if (c == '"' || c == '\\') {
      text += fmt::format("\\{}", static_cast<char>(c));
    } else if (c >= ' ' && c <= '~') {
      text += static_cast<char>(c);
    } else {
      text += c == '\n' ? "\\n" : fmt::format("\\x{:02x}", c);
    }
  }
  return text + (size > kShown ? "\"..." : "\"");
}

std::string WaitedText(const pollfd* fds, nfds_t nfds) {
  std::string text;
  for (nfds_t i = 0; i < nfds; ++i) {
    text +=
        fmt::format("{}{}:{}", text.empty() ? "" : " ", fds[i].fd, PollEventsText(fds[i].events));
  }
  return text;
}

std::string ReadyText(const pollfd* fds, nfds_t nfds) {
  std::string text;
  for (nfds_t i = 0; i < nfds; ++i) {
    if (fds[i].revents != 0) {
      text += fmt::format("{}{}:{}", text.empty() ? "" : " ", fds[i].fd,
                          PollEventsText(fds[i].revents));
    }
  }
  return text;
}

std::string SetsText(int nfds, const fd_set* readfds, const fd_set* writefds,
                     const fd_set* exceptfds) {
  std::string text;
  AppendSet(text, "read", nfds, readfds);
  AppendSet(text, "write", nfds, writefds);
  AppendSet(text, "except", nfds, exceptfds);
  return text;
}

}  // namespace eagain::fault
