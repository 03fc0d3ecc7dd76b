#include "eagain/driver/start_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
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
  std::vector<std::string> ports;
  for (const TcpSocket& listener : listeners) {
    const std::string port = std::to_string(listener.local_port);
    if (std::find(ports.begin(), ports.end(), port) == ports.end()) {
      ports.push_back(port);
    }
  }
  const bool swapped = std::any_of(listeners.begin(), listeners.end(), [&](const auto& listener) {
    return listener.local_port == __builtin_bswap16(server.port());
  });
  const std::string advice =
      swapped
          ? fmt::format("that is {} with its two bytes swapped: htons() is missing", server.port())
          : fmt::format(
                "take the port from the command line (write {{port}} where it belongs) "
                "or from the variable PORT, or say --port {} if it is built in",
                ports.front());
  throw Failure(
      Expected(server),
      WithOutput(fmt::format("it listens on port {} instead: {}", Joined(ports), advice), server));
}

[[noreturn]] void ThrowNever(const ServerProcess& server, const std::string& why) {
  std::string text = "it never listened: " + why;
  if (IsListenedOn(server.port())) {
    text += fmt::format("; another program listens on port {}", server.port());
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

// One start, looked at again and again.
class Start {
 public:
  Start(const ServerProcess& server, const Patience& patience)
      : server_(server), patience_(patience) {}

  // True when it is decided: it listens, it has ended, or it stays with another port.
  bool look() {
    listeners_ = ListenersOf(server_.pid());
    address_ = Choose(listeners_, server_.port());
    return !address_.empty() || gone_.look(server_) || stays_elsewhere();
  }
  const std::string& address() const { return address_; }
  const std::vector<TcpSocket>& listeners() const { return listeners_; }

 private:
  // One that opens several ports may come to ours yet, but it does not take as long over it as over
  // a start.
  bool stays_elsewhere() {
    if (listeners_.empty()) {
      elsewhere_since_.reset();
      return false;
    }
    if (!elsewhere_since_) {
      elsewhere_since_ = patience_.fair_time();
    }
    const auto& limits = patience_.limits();
    return patience_.fair_time() - *elsewhere_since_ > limits.quiet * limits.scale;
  }

  const ServerProcess& server_;
  const Patience& patience_;
  Gone gone_;
  std::vector<TcpSocket> listeners_;
  std::string address_;
  std::optional<std::chrono::nanoseconds> elsewhere_since_;
};

}  // namespace

asio::awaitable<std::string> WatchStart(ServerProcess& server, Patience& patience) {
  patience.observe(&server);
  Start start(server, patience);
  std::string why;
  const PatienceLimits limits = StartLimits(patience.limits());
  co_await patience.until_within(
      limits, [&start] { return start.look(); }, &why);
  if (!start.address().empty()) {
    co_return start.address();
  }
  if (!start.listeners().empty()) {
    ThrowElsewhere(server, start.listeners());
  }
  if (why.empty()) {
    ThrowEnded(server);
  }
  ThrowNever(server, why);
}

}  // namespace eagain::driver
