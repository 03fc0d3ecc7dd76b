#include "eagain/runner/port_wait.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "eagain/driver/failure.h"
#include "eagain/driver/socket_table.h"

namespace eagain::runner {
namespace {

constexpr std::chrono::milliseconds kPause{20};

bool IsUsed(uint16_t port) {
  const auto sockets = driver::ReadTcpSockets();
  return std::any_of(sockets.begin(), sockets.end(),
                     [port](const driver::TcpSocket& socket) { return socket.local_port == port; });
}

}  // namespace

void AwaitFreePort(uint16_t port) {
  const auto end = std::chrono::steady_clock::now() + kPortPatience;
  while (IsUsed(port)) {
    if (std::chrono::steady_clock::now() >= end) {
      throw driver::HarnessError(
          fmt::format("port {} is still in use after {} s", port, kPortPatience.count()));
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace eagain::runner
