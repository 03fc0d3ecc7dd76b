#include "eagain/driver/socket_table.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "eagain/driver/descriptors.h"
#include "eagain/driver/proc_files.h"
#include "eagain/driver/proc_stats.h"
#include "eagain/driver/sock_diag.h"

namespace eagain::driver {
namespace {

uint64_t Number(std::string_view text, int base) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// "0100007F:1F90": each group of eight digits is a 32-bit word as it lies in memory.
void ParseEndpoint(std::string_view text, std::string& address, uint16_t& port) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return;
  }
  port = static_cast<uint16_t>(Number(text.substr(colon + 1), 16));
  const bool ipv6 = colon == 32;
  std::array<unsigned char, sizeof(in6_addr)> raw{};
  for (size_t word = 0; word < (ipv6 ? 4U : 1U); ++word) {
    const auto value = static_cast<uint32_t>(Number(text.substr(word * 8, 8), 16));
    std::memcpy(raw.data() + word * 4, &value, sizeof(value));
  }
  std::array<char, INET6_ADDRSTRLEN> name{};
  ::inet_ntop(ipv6 ? AF_INET6 : AF_INET, raw.data(), name.data(), name.size());
  address = name.data();
}

std::string_view TakeWord(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

// "sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ..."
TcpSocket ParseLine(std::string_view line, bool ipv6) {
  TcpSocket socket;
  socket.ipv6 = ipv6;
  TakeWord(line);
  ParseEndpoint(TakeWord(line), socket.local_address, socket.local_port);
  ParseEndpoint(TakeWord(line), socket.remote_address, socket.remote_port);
  socket.state = static_cast<TcpState>(Number(TakeWord(line), 16));
  const std::string_view queues = TakeWord(line);
  socket.tx_queue = static_cast<uint32_t>(Number(queues.substr(0, 8), 16));
  socket.rx_queue = queues.size() > 9 ? static_cast<uint32_t>(Number(queues.substr(9), 16)) : 0;
  for (int skipped = 0; skipped < 4; ++skipped) {
    TakeWord(line);
  }
  socket.inode = Number(TakeWord(line), 10);
  return socket;
}

void ReadTable(const char* path, bool ipv6, std::vector<TcpSocket>& sockets) {
  const auto text = ReadProcFile(path);
  if (!text) {
    return;
  }
  std::string_view rest = *text;
  for (bool heading = true; !rest.empty(); heading = false) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    if (!heading) {
      sockets.push_back(ParseLine(rest.substr(0, end), ipv6));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

std::vector<TcpSocket> ReadTcpFiles() {
  std::vector<TcpSocket> sockets;
  ReadTable("/proc/net/tcp", false, sockets);
  ReadTable("/proc/net/tcp6", true, sockets);
  return sockets;
}

std::vector<TcpSocket> ReadTcpSockets() {
  auto sockets = DumpTcpSockets();
  return sockets ? std::move(*sockets) : ReadTcpFiles();
}

std::unordered_set<uint64_t> SocketInodes(const std::vector<pid_t>& processes) {
  std::unordered_set<uint64_t> inodes;
  for (const pid_t pid : processes) {
    for (const int fd : NumbersIn("/proc/" + std::to_string(pid) + "/fd")) {
      if (const auto inode = SocketInode(pid, fd)) {
        inodes.insert(*inode);
      }
    }
  }
  return inodes;
}

uint64_t QueueFingerprint(uint16_t port) {
  uint64_t sum = 0;
  for (const TcpSocket& socket : ReadTcpSockets()) {
    if (socket.local_port != port && socket.remote_port != port) {
      continue;
    }
    // FNV-1a over each socket; added up, since the table's order may change.
    uint64_t hash = 0xcbf29ce484222325U;
    for (const uint64_t part : {uint64_t{socket.local_port}, uint64_t{socket.remote_port},
                                socket.inode, static_cast<uint64_t>(socket.state),
                                uint64_t{socket.tx_queue}, uint64_t{socket.rx_queue}}) {
      hash = (hash ^ part) * 0x100000001b3U;
    }
    sum += hash;
  }
  return sum;
}

std::vector<TcpSocket> ListenersOf(pid_t root) {
  // The tables are read after the descriptors: what is in both was open in between.
  const auto inodes = SocketInodes(ProcessTree(root));
  std::vector<TcpSocket> listeners;
  if (inodes.empty()) {
    return listeners;
  }
  for (const TcpSocket& socket : ReadListeners()) {
    if (inodes.contains(socket.inode)) {
      listeners.push_back(socket);
    }
  }
  return listeners;
}

}  // namespace eagain::driver
