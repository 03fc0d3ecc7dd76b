#include "eagain/driver/start_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "eagain/driver/failure.h"
#include "eagain/driver/proc_files.h"
#include "eagain/driver/proc_stats.h"
#include "eagain/driver/sock_diag.h"
#include "eagain/driver/socket_table.h"
#include "eagain/driver/wording.h"

namespace eagain::driver {
namespace {

bool HasIpv6Loopback() {
  const auto addresses = ReadProcFile("/proc/net/if_inet6");
  return addresses && addresses->find("00000000000000000000000000000001") != std::string::npos;
}

// Where a client on this machine reaches the listener.
std::string AddressOf(const TcpSocket& listener) {
  if (listener.local_address == "0.0.0.0") {
    return "127.0.0.1";
  }
  if (listener.local_address == "::") {
    const bool only = TakesIpv6Only(listener).value_or(HasIpv6Loopback());
    return only ? "::1" : "127.0.0.1";
  }
  return listener.local_address;
}

std::string Choose(const std::vector<TcpSocket>& listeners, uint16_t port) {
  std::string chosen;
  for (const TcpSocket& listener : listeners) {
    if (listener.local_port == port) {
      const std::string address = AddressOf(listener);
      if (chosen.empty() || address == "127.0.0.1" || (address == "::1" && chosen != "127.0.0.1")) {
        chosen = address;
      }
    }
  }
  return chosen;
}

std::string WithOutput(std::string text, const ServerProcess& server) {
  const std::string output = server.output();
  if (output.empty()) {
    return text + "; it printed nothing";
  }
  constexpr size_t kMost = 1000;
  const size_t from = output.size() > kMost ? output.size() - kMost : 0;
  return text + "; it printed: " + Excerpt(std::string_view(output).substr(from), kMost);
}

std::string Expected(const ServerProcess& server) {
  return fmt::format("the server listens on port {}", server.port());
}

// Whether the root has ended and nothing of it goes on in the background. A process on its way
// there (fork, and the parent ends) may be missed by one look.
class Gone {
 public:
  bool look(const ServerProcess& server) {
    const bool empty = server.ended() && SampleTree(server.pid(), Detail::kThreads).threads() == 0;
    empty_looks_ = empty ? empty_looks_ + 1 : 0;
    constexpr int kEnough = 5;
    return empty_looks_ >= kEnough;
  }

 private:
  int empty_looks_ = 0;
};

[[noreturn]] void ThrowEnded(const ServerProcess& server) {
  throw Failure(Expected(server), WithOutput(fmt::format("the server ended before it listened ({})",
                                                         server.ended()->describe()),
                                             server));
}

[[noreturn]] void ThrowElsewhere(const ServerProcess& server,
                                 const std::vector<TcpSocket>& listeners) {
  std::set<uint16_t> ports;
  for (const TcpSocket& listener : listeners) {
    ports.insert(listener.local_port);
  }
  throw Failure(
      Expected(server),
      WithOutput(fmt::format("it listens on port {0} instead: take the port from the command line "
                             "(write {{port}} where it belongs) or from the variable PORT, or say "
                             "--port {1} if it is built in",
                             fmt::join(ports, ", "), *ports.begin()),
                 server));
}

[[noreturn]] void ThrowNever(const ServerProcess& server, const std::string& why) {
  std::string text = "it never listened: " + why;
  for (const TcpSocket& other : ReadListeners()) {
    if (other.local_port == server.port()) {
      text += fmt::format("; another program listens on port {}", server.port());
      break;
    }
  }
  throw Failure(Expected(server), WithOutput(text, server));
}

// An interpreter that starts, or a program that is compiled first, takes its time and is no
// failure.
PatienceLimits StartLimits(const PatienceLimits& limits) {
  const auto scaled = [&](Milliseconds time) {
    return std::chrono::duration_cast<Milliseconds>(time * limits.scale);
  };
  return {.quiet = scaled(std::max(limits.quiet, Milliseconds(5000))),
          .busy = scaled(std::max(limits.busy, Milliseconds(30000))),
          .unfair = scaled(std::max(limits.unfair, Milliseconds(60000)))};
}

}  // namespace

asio::awaitable<std::string> WatchStart(ServerProcess& server, Patience& patience) {
  patience.observe(&server);
  std::string address;
  std::vector<TcpSocket> listeners;
  std::string why;
  Gone gone;
  const auto over = [&] {
    listeners = ListenersOf(server.pid());
    address = Choose(listeners, server.port());
    return !address.empty() || gone.look(server);
  };
  const PatienceLimits limits = StartLimits(patience.limits());
  const bool done = co_await patience.until_within(limits, over, &why);
  if (!address.empty()) {
    co_return address;
  }
  if (done) {
    ThrowEnded(server);
  }
  if (!listeners.empty()) {
    ThrowElsewhere(server, listeners);
  }
  ThrowNever(server, why);
}

}  // namespace eagain::driver
