#include "eagain/runner/port_wait.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "eagain/driver/failure.h"
#include "eagain/driver/sock_diag.h"
#include "eagain/driver/socket_table.h"

namespace eagain::runner {
namespace {

constexpr std::chrono::milliseconds kPause{20};

bool HasPort(const std::vector<driver::TcpSocket>& sockets, uint16_t port) {
  return std::any_of(sockets.begin(), sockets.end(),
                     [port](const driver::TcpSocket& socket) { return socket.local_port == port; });
}

}  // namespace

bool IsListenedOn(uint16_t port) { return HasPort(driver::ReadListeners(), port); }

void AwaitFreePort(uint16_t port) {
  const auto end = std::chrono::steady_clock::now() + kPortPatience;
  while (HasPort(driver::ReadTcpSockets(), port)) {
    if (std::chrono::steady_clock::now() >= end) {
      throw driver::HarnessError(
          fmt::format("port {} is still in use after {} s", port, kPortPatience.count()));
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace eagain::runner
