#include "eagain/driver/sock_diag.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <string>

namespace eagain::driver {
namespace {

struct Request {
  nlmsghdr header{};
  inet_diag_req_v2 body{};
};

struct Answer {
  TcpSocket socket;
  std::optional<bool> ipv6_only;
};

std::string Name(uint8_t family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> name{};
  ::inet_ntop(family, address, name.data(), name.size());
  return name.data();
}

Answer ToAnswer(const nlmsghdr* header) {
  const auto* message = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
  Answer answer;
  TcpSocket& socket = answer.socket;
  socket.ipv6 = message->idiag_family == AF_INET6;
  socket.local_address = Name(message->idiag_family, message->id.idiag_src);
  socket.local_port = ntohs(message->id.idiag_sport);
  socket.remote_address = Name(message->idiag_family, message->id.idiag_dst);
  socket.remote_port = ntohs(message->id.idiag_dport);
  socket.state = static_cast<TcpState>(message->idiag_state);
  socket.rx_queue = message->idiag_rqueue;
  // Of a listener the kernel says the limit of its queue here, and below /proc/net nothing.
  if (socket.state == TcpState::kListen) {
    socket.backlog = message->idiag_wqueue;
  } else {
    socket.tx_queue = message->idiag_wqueue;
  }
  socket.inode = message->idiag_inode;
  auto left = static_cast<int>(NLMSG_PAYLOAD(header, sizeof(inet_diag_msg)));
  for (auto* attribute = reinterpret_cast<const rtattr*>(message + 1); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == INET_DIAG_SKV6ONLY) {
      answer.ipv6_only = *static_cast<const uint8_t*>(RTA_DATA(attribute)) != 0;
    }
  }
  return answer;
}

class DiagSocket {
 public:
  DiagSocket() : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {}
  ~DiagSocket() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  DiagSocket(const DiagSocket&) = delete;
  DiagSocket& operator=(const DiagSocket&) = delete;

  // Appends the answers to one request; false when the kernel refused it.
  bool ask(Request& request, uint16_t flags, std::vector<Answer>& answers) const {
    request.header.nlmsg_len = sizeof(request);
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
    if (::send(fd_, &request, sizeof(request), 0) != sizeof(request)) {
      return false;
    }
    for (;;) {
      alignas(nlmsghdr) std::array<char, 32768> buffer;
      const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (count <= 0 && errno == EINTR) {
        continue;
      }
      if (count <= 0) {
        return false;
      }
      switch (take({buffer.data(), static_cast<size_t>(count)}, answers)) {
        case Taken::kRefused:
          return false;
        case Taken::kLast:
          return true;
        case Taken::kPart:
          if ((flags & NLM_F_DUMP) == 0) {
            return true;  // one question, one answer
          }
      }
    }
  }

 private:
  enum class Taken { kPart, kLast, kRefused };

  static Taken take(std::span<const char> part, std::vector<Answer>& answers) {
    auto left = static_cast<unsigned>(part.size());
    for (auto* header = reinterpret_cast<const nlmsghdr*>(part.data()); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE) {
        return Taken::kLast;
      }
      if (header->nlmsg_type == NLMSG_ERROR) {
        return Taken::kRefused;
      }
      answers.push_back(ToAnswer(header));
    }
    return Taken::kPart;
  }

  int fd_;
};

std::optional<std::vector<Answer>> Dump(uint32_t states) {
  const DiagSocket diag;
  std::vector<Answer> sockets;
  for (const auto family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
    Request request;
    request.body.sdiag_family = family;
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = states;
    if (!diag.ask(request, NLM_F_DUMP, sockets) && family == AF_INET) {
      return std::nullopt;
    }
  }
  return sockets;
}

constexpr uint32_t kListeners = 1U << static_cast<unsigned>(TcpState::kListen);

// Puts an address into one side of a request.
void PutAddress(const sockaddr_storage& address, uint32_t (&words)[4], uint16_t& port) {
  if (address.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(words, &ipv6.sin6_addr, sizeof(ipv6.sin6_addr));
    port = ipv6.sin6_port;
  } else {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
    std::memcpy(words, &ipv4.sin_addr, sizeof(ipv4.sin_addr));
    port = ipv4.sin_port;
  }
}

}  // namespace

std::optional<std::vector<TcpSocket>> DumpTcpSockets(uint32_t states) {
  const auto answers = Dump(states);
  if (!answers) {
    return std::nullopt;
  }
  std::vector<TcpSocket> sockets;
  std::transform(answers->begin(), answers->end(), std::back_inserter(sockets),
                 [](const Answer& one) { return one.socket; });
  return sockets;
}

std::vector<TcpSocket> ReadListeners() {
  if (auto listeners = DumpTcpSockets(kListeners)) {
    return std::move(*listeners);
  }
  auto sockets = ReadTcpSockets();
  std::erase_if(sockets, [](const TcpSocket& one) { return one.state != TcpState::kListen; });
  return sockets;
}

bool IsListenedOn(uint16_t port) {
  const auto listeners = ReadListeners();
  return std::any_of(listeners.begin(), listeners.end(),
                     [port](const TcpSocket& listener) { return listener.local_port == port; });
}

std::optional<bool> TakesIpv6Only(const TcpSocket& listener) {
  if (const auto listeners = Dump(kListeners)) {
    for (const Answer& one : *listeners) {
      if (one.socket.inode == listener.inode) {
        return one.ipv6_only;
      }
    }
  }
  return std::nullopt;
}

std::optional<TcpSocket> FindOtherEnd(int client) {
  sockaddr_storage ours{};
  sockaddr_storage theirs{};
  socklen_t ours_size = sizeof(ours);
  socklen_t theirs_size = sizeof(theirs);
  if (::getsockname(client, reinterpret_cast<sockaddr*>(&ours), &ours_size) != 0 ||
      ::getpeername(client, reinterpret_cast<sockaddr*>(&theirs), &theirs_size) != 0) {
    return std::nullopt;
  }
  Request request;
  request.body.sdiag_family = static_cast<uint8_t>(ours.ss_family);
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = ~0U;
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  PutAddress(theirs, request.body.id.idiag_src, request.body.id.idiag_sport);
  PutAddress(ours, request.body.id.idiag_dst, request.body.id.idiag_dport);
  std::vector<Answer> answers;
  const DiagSocket diag;
  if (!diag.ask(request, 0, answers) || answers.empty() ||
      answers[0].socket.state == TcpState::kListen) {  // found in the place of none
    return std::nullopt;
  }
  return answers[0].socket;
}

}  // namespace eagain::driver
