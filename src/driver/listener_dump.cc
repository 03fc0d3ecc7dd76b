#include "eagain/driver/listener_dump.h"

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
#include <functional>

namespace eagain::driver {
namespace {

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

struct Listener {
  TcpSocket socket;
  std::optional<bool> ipv6_only;
};

Listener ToListener(const nlmsghdr* header) {
  const auto* message = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
  Listener listener;
  TcpSocket& socket = listener.socket;
  socket.ipv6 = message->idiag_family == AF_INET6;
  socket.local_port = ntohs(message->id.idiag_sport);
  socket.state = static_cast<TcpState>(message->idiag_state);
  socket.rx_queue = message->idiag_rqueue;
  // Of a listener the table below /proc/net has 0 here; sock_diag has the backlog.
  socket.tx_queue = 0;
  socket.inode = message->idiag_inode;
  std::array<char, INET6_ADDRSTRLEN> name{};
  ::inet_ntop(message->idiag_family, message->id.idiag_src, name.data(), name.size());
  socket.local_address = name.data();
  socket.remote_address = socket.ipv6 ? "::" : "0.0.0.0";
  auto left = static_cast<int>(NLMSG_PAYLOAD(header, sizeof(inet_diag_msg)));
  for (auto* attribute = reinterpret_cast<const rtattr*>(message + 1); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == INET_DIAG_SKV6ONLY) {
      listener.ipv6_only = *static_cast<const uint8_t*>(RTA_DATA(attribute)) != 0;
    }
  }
  return listener;
}

bool Send(int fd, uint8_t family) {
  Request request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = 1U << static_cast<unsigned>(TcpState::kListen);
  return ::send(fd, &request, sizeof(request), 0) == sizeof(request);
}

// Reads the answers up to the one that says it was the last; false on an error.
bool ReceiveAll(int fd, std::vector<Listener>& listeners) {
  alignas(nlmsghdr) std::array<char, 32768> buffer;
  for (;;) {
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    auto left = static_cast<unsigned>(count);
    for (auto* header = reinterpret_cast<const nlmsghdr*>(buffer.data()); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE) {
        return true;
      }
      if (header->nlmsg_type == NLMSG_ERROR) {
        return false;
      }
      listeners.push_back(ToListener(header));
    }
  }
}

std::optional<std::vector<Listener>> Dump() {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) {
    return std::nullopt;
  }
  std::vector<Listener> listeners;
  bool whole = true;
  for (const auto family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
    whole = whole && Send(fd, family) && ReceiveAll(fd, listeners);
  }
  ::close(fd);
  if (!whole) {
    return std::nullopt;
  }
  return listeners;
}

}  // namespace

std::vector<TcpSocket> ReadListeners() {
  std::vector<TcpSocket> sockets;
  if (const auto listeners = Dump()) {
    std::transform(listeners->begin(), listeners->end(), std::back_inserter(sockets),
                   [](const Listener& one) { return one.socket; });
    return sockets;
  }
  sockets = ReadTcpSockets();
  std::erase_if(sockets, [](const TcpSocket& one) { return one.state != TcpState::kListen; });
  return sockets;
}

std::optional<bool> TakesIpv6Only(const TcpSocket& listener) {
  const auto listeners = Dump();
  if (!listeners) {
    return std::nullopt;
  }
  for (const Listener& one : *listeners) {
    if (one.socket.inode == listener.inode) {
      return one.ipv6_only;
    }
  }
  return std::nullopt;
}

}  // namespace eagain::driver
