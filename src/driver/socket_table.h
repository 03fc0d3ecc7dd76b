// The kernel's own tables of TCP sockets in this network namespace (sock_diag(7), or /proc/net/tcp and
// tcp6, proc_net_tcp(5)), against the descriptors of a process tree. This is how the driver knows that a
// server listens without connecting to it: a probe would be a client that the server has to
// survive.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace eagain::driver {

// The numbers of include/net/tcp_states.h.
enum class TcpState : uint8_t {
  kEstablished = 1,
  kSynSent,
  kSynRecv,
  kFinWait1,
  kFinWait2,
  kTimeWait,
  kClose,
  kCloseWait,
  kLastAck,
  kListen,
  kClosing,
};

struct TcpSocket {
  bool ipv6 = false;
  std::string local_address;  // "127.0.0.1", "0.0.0.0", "::"
  uint16_t local_port = 0;
  std::string remote_address;
  uint16_t remote_port = 0;
  TcpState state = TcpState::kClose;
  // Of a connection: bytes sent and not acknowledged, and bytes received and not read. Of a
  // listener, rx_queue is the number of connections that wait to be accepted.
  uint32_t tx_queue = 0;
  uint32_t rx_queue = 0;
  // Of a listener, what listen(2) was given, cut to net.core.somaxconn; it holds one connection more
  // than that. Only from sock_diag(7): ListenersOf() knows it wherever the kernel answers that.
  std::optional<uint32_t> backlog;
  uint64_t inode = 0;  // 0: no process has it (not accepted yet, or closed already)
};

// Every TCP socket of this network namespace.
std::vector<TcpSocket> ReadTcpSockets();

// The same from the files, which tell the truth as well where the kernel does not answer sock_diag(7).
std::vector<TcpSocket> ReadTcpFiles();

// The inodes of all sockets that the processes hold as descriptors.
std::unordered_set<uint64_t> SocketInodes(const std::vector<pid_t>& processes);

// The listening sockets that the tree below `root` holds.
std::vector<TcpSocket> ListenersOf(pid_t root);

// A number made of the queues of all sockets to or from `port`: while it stays the same, no byte and
// no connection has moved between the kernel and any program.
uint64_t QueueFingerprint(uint16_t port);

}  // namespace eagain::driver
