#include "eagain/driver/stall_evidence.h"

#include <fmt/format.h>

#include <thread>
#include <vector>

#include "eagain/driver/proc_stats.h"
#include "eagain/driver/server_process.h"
#include "eagain/driver/socket_table.h"
#include "eagain/driver/wording.h"

namespace eagain::driver {
namespace {

std::string Sleep(const ServerProcess& server) {
  // One that ticks may be met between two sleeps.
  std::vector<std::string> calls;
  for (int looks = 0; looks < 10 && calls.empty(); ++looks) {
    if (looks > 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    calls = BlockedIn(server.pid());
    std::erase_if(calls, [](const std::string& call) { return call.starts_with("running"); });
  }
  constexpr size_t kMost = 4;
  if (calls.empty()) {
    return fmt::format("the {} slept, mostly", server.noun());
  }
  const size_t more = calls.size() > kMost ? calls.size() - kMost : 0;
  calls.resize(calls.size() - more);
  return fmt::format("the {} sleeps in {}{}", server.noun(), Joined(calls),
                     more > 0 ? fmt::format(" and {} others", more) : "");
}

std::string Backlog(const ServerProcess& server) {
  uint32_t waiting = 0;
  for (const TcpSocket& listener : ListenersOf(server.pid())) {
    waiting += listener.local_port == server.port() ? listener.rx_queue : 0;
  }
  if (waiting == 0) {
    return {};
  }
  return fmt::format("; {} to be accepted",
                     Counted(waiting, "connection") + (waiting == 1 ? " waits" : " wait"));
}

// Whether a server that does not answer has not read, or has read and not answered.
std::string Unread(uint16_t port) {
  uint64_t unread = 0;
  for (const TcpSocket& socket : ReadTcpSockets()) {
    const bool accepted = socket.local_port == port && socket.inode != 0;
    if (accepted && socket.state == TcpState::kEstablished) {
      unread += socket.rx_queue;
    } else if (accepted && socket.state == TcpState::kCloseWait && socket.rx_queue > 0) {
      unread += socket.rx_queue - 1;  // an end of the stream counts as a byte
    }
  }
  return unread == 0 ? std::string()
                     : fmt::format("; {} to be read",
                                   Counted(unread, "byte") + (unread == 1 ? " waits" : " wait"));
}

}  // namespace

std::string StallEvidence(const ServerProcess* server, std::chrono::nanoseconds quiet,
                          std::chrono::nanoseconds busy) {
  std::string text = fmt::format("nothing moved for {}", Duration(quiet + busy));
  if (server == nullptr) {
    return text;
  }
  if (server->ended()) {
    return text +
           fmt::format("; the {} has ended: {}", server->noun(), server->ended()->describe());
  }
  if (busy > quiet) {
    text += fmt::format(", in which the {} used {} of CPU", server->noun(), Duration(busy));
  } else {
    text += "; " + Sleep(*server);
  }
  return text + Unread(server->port()) + Backlog(*server);
}

}  // namespace eagain::driver
