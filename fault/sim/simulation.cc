#include "eagain/fault/sim/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace eagain::sim {
namespace {

// When it is looked whether the server has noticed that its clients are gone: after so long each.
constexpr Time kSettling[] = {2 * kMillisecond, 10 * kMillisecond, 100 * kMillisecond, kSecond,
                              3 * kSecond};
// A newcomer that nobody accepted gets this much more, for a server that pauses after each failure of
// accept, and has had a row of them.
constexpr Time kAcceptedWithin = 30 * kSecond;

// How long clients have to see the end, once the server has exited.
constexpr Time kLastWords = kSecond;

}  // namespace

Simulation::Simulation(ServerMain server, const Expectations& expectations)
    : server_(std::move(server)), expectations_(expectations) {}

RunResult Simulation::run(const Scenario& scenario, Faults* faults, std::string* trace) {
  begin(scenario, faults, trace);
  live();
  RunResult result;
  result.violation = std::move(violation_);
  result.calls = kernel_.calls();
  result.ended_at = kernel_.now();
  for (size_t i = 0; i < client_count_; ++i) {
    result.bytes += clients_[i]->received();
  }
  if (result.violation) {
    kernel_.note(fmt::format("{}: {}", result.violation->rule, result.violation->what));
  }
  return result;
}

void Simulation::begin(const Scenario& scenario, Faults* faults, std::string* trace) {
  scenario_ = &scenario;
  SimOptions machine = scenario.machine;
  machine.sigpipe_ignored = false;
  machine.most_calls = expectations_.most_calls;
  forget_events();
  kernel_.reset(machine);
  kernel_.set_faults(faults);
  kernel_.set_observer(this);
  kernel_.set_trace(trace);
  process_.handler_ = nullptr;
  process_.tuning_ = scenario.tuning;
  client_count_ = scenario.clients.size();
  unsettled_ = unsettled_floods_ = 0;
  settle_attempt_ = idle_turns_ = 0;
  limited_ = stopping_ = exited_ = false;
  violation_.reset();
  owed_at_stop_.assign(client_count_, 0);
  while (clients_.size() < client_count_) {
    clients_.push_back(std::make_unique<Client>());
  }
  for (size_t i = 0; i < client_count_; ++i) {
    const ClientScript& script = scenario.clients[i];
    clients_[i]->begin(kernel_, *this, static_cast<uint32_t>(i + 1), script);
    ++(script.floods ? unsettled_floods_ : unsettled_);
  }
  kernel_.scheduler().after(expectations_.patience, *this, kPatienceEnds);
  if (scenario.stop_at > 0) {
    kernel_.scheduler().after(scenario.stop_at, *this, kStop);
  } else if (unsettled_ + unsettled_floods_ == 0) {
    kernel_.scheduler().after(kMillisecond, *this, kSettling);
  }
}

void Simulation::live() {
  try {
    const int status = server_(kernel_, process_);
    exited_ = true;
    process_.handler_ = nullptr;
    kernel_.scheduler().end_others();
    after_exit(status);
  } catch (const SimulationOver& over) {
    if (!violation_) {
      violation_ = Violation{"survival", over.why};
    }
  } catch (const std::exception& error) {
    // What its clients made of that is not the cause.
    if (!violation_ || found_while_unwinding_) {
      violation_ = Violation{"survival", fmt::format("the server threw: {}", error.what())};
    }
  }
  kernel_.scheduler().end_others();
}

void Simulation::after_exit(int status) {
  if (!stopping_) {
    violate("survival", fmt::format("the server ended by itself, with status {}", status));
  } else if (status != 0) {
    violate("stop", fmt::format("exit status {}", status));
  }
  if (const int open = kernel_.descriptors().open(); open > 0) {
    violate("leak", fmt::format("{} descriptors were open at the exit", open));
  }
  const Time until = kernel_.now() + kLastWords;
  const auto gone = [](const std::unique_ptr<Client>& client) { return client->done(); };
  const auto end = clients_.begin() + static_cast<ptrdiff_t>(client_count_);
  while (!violation_ && !std::all_of(clients_.begin(), end, gone) && kernel_.now() < until) {
    kernel_.scheduler().wait(Scheduler::kNoChannel, std::min(until, kernel_.now() + kMillisecond));
  }
  for (size_t i = 0; i < client_count_ && expectations_.stop_flushes; ++i) {
    const Client& client = *clients_[i];
    // Nor is anything owed to one that went on sending: what comes too late is answered by a reset.
    if (client.script().reads && !client.excused() && client.sent() == owed_at_stop_[i] &&
        client.received() < owed_at_stop_[i]) {
      violate("stop", fmt::format("client {} had sent {} bytes that were received before the stop, "
                                  "and got {} of them back",
                                  client.number(), owed_at_stop_[i], client.received()));
    }
  }
}

void Simulation::on_event(uint32_t what) {
  switch (static_cast<Happening>(what)) {
    case kPatienceEnds:
      if (!stopping_) {
        violate("liveness", who_waits());
      }
      break;
    case kStop:
      stop();
      break;
    case kSettling:
      check_settled();
      break;
    case kStopPatienceEnds:
      if (!exited_) {
        violate("stop", fmt::format("still running {} s after SIGTERM",
                                    expectations_.stop_patience / kSecond));
      }
      break;
  }
}

void Simulation::stop() {
  if (stopping_ || exited_) {
    return;
  }
  stopping_ = true;
  for (size_t i = 0; i < client_count_; ++i) {
    // A client that has more under way may be cut off by a reset, whatever the server does.
    const Socket* end = clients_[i]->server_end();
    const bool all_here = end != nullptr && end->received_total == clients_[i]->sent();
    owed_at_stop_[i] = all_here ? clients_[i]->sent() : 0;
  }
  kernel_.scheduler().after(expectations_.stop_patience, *this, kStopPatienceEnds);
  if (process_.handler_) {
    kernel_.raise(process_.handler_);
  } else {
    violate("stop", "the server never said what SIGTERM does (Process::on_sigterm)");
  }
}

void Simulation::on_client_settled(Client& client) {
  --(client.script().floods ? unsettled_floods_ : unsettled_);
  if (unsettled_ > 0) {
    return;
  }
  if (unsettled_floods_ == 0) {
    kernel_.scheduler().after(sim::kSettling[0], *this, kSettling);
    return;
  }
  for (size_t i = 0; i < client_count_; ++i) {
    if (!clients_[i]->settled()) {
      clients_[i]->poke();
    }
  }
}

void Simulation::on_complaint(Client& client) { violate("bytes", client.complaint()); }

// All clients are gone, or want nothing more: the server has to notice.
void Simulation::check_settled() {
  if (stopping_) {
    return;
  }
  const Socket* left = leaked();
  if (left == nullptr) {
    stop();
    return;
  }
  if (++settle_attempt_ < std::size(sim::kSettling)) {
    kernel_.scheduler().after(sim::kSettling[settle_attempt_], *this, kSettling);
  } else if (settle_attempt_ == std::size(sim::kSettling) && left->ordinal == 0) {
    kernel_.scheduler().after(kAcceptedWithin, *this, kSettling);
  } else if (left->ordinal == 0) {
    violate("liveness", "a client that has left was never accepted");
  } else {
    violate("leak",
            fmt::format("the descriptor of connection {} is still open, {} s after its "
                        "client has left",
                        left->ordinal, sim::kSettling[std::size(sim::kSettling) - 1] / kSecond));
  }
}

// A server's end of a connection whose client has left; nullptr if there is none.
const Socket* Simulation::leaked() const {
  for (const Socket* socket : kernel_.tcp().sockets()) {
    const bool here = socket->ordinal > 0 ? socket->descriptors > 0 : socket->held;
    const bool client_left = socket->peer == nullptr || socket->peer->abandoned();
    const bool accepted_end = socket->ordinal > 0 || (socket->held && socket->observer == nullptr);
    if (here && accepted_end && client_left) {
      return socket;
    }
  }
  return nullptr;
}

uint16_t Simulation::port() {
  const uint16_t port = kernel_.tcp().listening_port();
  if (port != 0 && scenario_->spare_descriptors > 0 && !limited_) {
    limited_ = true;
    kernel_.limit_descriptors(kernel_.descriptors().size() + scenario_->spare_descriptors);
  }
  return port;
}

void Simulation::violate(std::string rule, std::string what) {
  if (!violation_) {
    violation_ = Violation{std::move(rule), std::move(what)};
    found_while_unwinding_ = std::uncaught_exceptions() > 0;
    kernel_.scheduler().end("the server has broken a rule");
  }
}

std::string Simulation::who_waits() const {
  for (size_t i = 0; i < client_count_; ++i) {
    const Client& client = *clients_[i];
    if (client.settled()) {
      continue;
    }
    const Socket* end = client.server_end();
    const std::string where =
        end == nullptr        ? "is not connected"
        : end->ordinal == 0   ? "was not accepted"
        : end->readable() > 0 ? fmt::format("has {} bytes waiting to be received", end->readable())
        : end->end_received   ? "has half-closed"
        : end->received_total > end->sent_total
            ? fmt::format("has {} bytes inside the server", end->received_total - end->sent_total)
            : "waits";
    return fmt::format("client {} sent {} of {} bytes, got {} back, and {}", client.number(),
                       client.sent(), client.script().total(), client.received(), where);
  }
  return "the server has not noticed that its clients are gone";
}

void Simulation::on_turn(uint64_t progress, bool rested) {
  if (progress > 0 || rested) {
    idle_turns_ = 0;
  } else if (++idle_turns_ > expectations_.idle_turns) {
    violate("spin",
            fmt::format("{} waits in a row returned at once, and nothing was done", idle_turns_));
  }
}

void Simulation::on_bad_descriptor(const char* call, int fd) {
  if (fd >= 0 && kernel_.tcp().listening_port() != 0) {
    violate("descriptor", fmt::format("{} on descriptor {}, which is not open", call, fd));
  }
}

void Simulation::on_look() {
  for (Socket* socket : kernel_.tcp().sockets()) {
    if (socket->descriptors > 0) {
      look_at(*socket);
    }
  }
}

void Simulation::look_at(Socket& socket) {
  const bool listener = socket.state == Socket::State::kListening;
  if (!listener && socket.ordinal == 0) {
    return;
  }
  // Who stops may drop what it reads.
  if (!stopping_ && socket.received_total > socket.sent_total + expectations_.queue_limit) {
    violate("queue", fmt::format("{} bytes of connection {} wait inside the server",
                                 socket.received_total - socket.sent_total, socket.ordinal));
  }
  bool ready = false;
  uint64_t mark = 0;
  if (listener) {
    ready = Tcp::AcceptReady(socket) && !expectations_.serial && !socket.excused &&
            kernel_.descriptors().room();
    mark = kernel_.accepted();
  } else {
    ready = socket.state == Socket::State::kConnected && socket.squeezed == 0 &&
            (socket.readable() > 0 || (socket.end_received && !socket.end_noticed)) &&
            2 * socket.send_room() >= static_cast<size_t>(socket.settings.send_buffer);
    mark = socket.received_total + socket.sent_total;
  }
  if (!ready || stopping_ || std::exchange(socket.served_mark, mark) != mark) {
    socket.looks_unserved = 0;
  } else if (++socket.looks_unserved > expectations_.unserved_looks) {
    violate("fairness", fmt::format("{} was ready and not served during {} calls",
                                    listener ? std::string("the listener")
                                             : fmt::format("connection {}", socket.ordinal),
                                    socket.looks_unserved * kLookEvery));
  }
}

}  // namespace eagain::sim
