#include "eagain/servers/reactor.h"

#include <cassert>
#include <string>
#include <utility>

#include "eagain/net/clock.h"
#include "eagain/servers/wait_error.h"
#include "eagain/sys/sys_error.h"

namespace eagain {

namespace {

constexpr int kNoDescriptor = -2;  // of none, not even of a listener that is closed

ListenerOptions ListenerOptionsFrom(const ServerOptions& options, PortSharing sharing) {
  return {.host = options.host,
          .port = options.port,
          .backlog = options.backlog,
          .sharing = sharing,
          .non_blocking = true};
}

Interest InterestOf(const Session& session) {
  const auto read = session.wants_read() ? Interest::kRead : Interest::kNothing;
  const auto write = session.wants_write() ? Interest::kWrite : Interest::kNothing;
  return static_cast<Interest>(static_cast<uint8_t>(read) | static_cast<uint8_t>(write));
}

// May the same call be made again at once, with something to be had?
bool MayHaveMore(Session::Io io, bool more_behind) {
  return io == Session::Io::kAll || io == Session::Io::kInterrupted ||
         (io == Session::Io::kShort && more_behind);
}

}  // namespace

Reactor::Reactor(Sys& sys, const ServerOptions& options, std::unique_ptr<Poller> poller,
                 const Place& place)
    : sys_(sys),
      options_(options),
      place_(place),
      listener_(sys, ListenerOptionsFrom(options, place.sharing)),
      poller_(std::move(poller)),
      context_(sys, options.session),
      pause_(sys) {}

void Reactor::run(Stop& stop) {
  if (!poller_->can_watch(stop.fd()) || !poller_->can_watch(listener_.fd())) {
    throw SysError("cannot watch the listener with " + std::string(poller_->wait_call()), EMFILE);
  }
  watch_always(stop.fd(), "the stop");
  if (place_.exchange != nullptr) {
    watch_always(place_.exchange->inbox_fd(place_.loop), "newcomers");
  }
  watch_listener();
  while (!stop.requested()) {
    turn(timeout_ms());
  }
  drain(stop);
}

void Reactor::watch_always(int fd, const std::string& what) {
  if (const SysResult<void> added = poller_->add_level_triggered(fd); !added) {
    throw SysError("cannot watch for " + what, added.error());
  }
}

int Reactor::timeout_ms() const { return ready_.empty() ? pause_.remaining_ms() : 0; }

void Reactor::turn(int timeout_ms) {
  const int inbox =
      place_.exchange != nullptr ? place_.exchange->inbox_fd(place_.loop) : kNoDescriptor;
  bool newcomers = false;
  bool passed_on = false;
  for (const Readiness& readiness : wait(timeout_ms)) {
    if (readiness.fd == listener_.fd()) {
      newcomers = true;
    } else if (readiness.fd == inbox) {
      passed_on = true;
    } else {
      note(readiness);
    }
  }
  serve_ready();
  if (passed_on) {
    collect_newcomers();
  }
  if (newcomers && listener_watched_) {
    accept_newcomers();
  }
  pause_.end_if_due();
  if (listener_.fd() >= 0 && !listener_watched_ && !pause_.paused()) {
    watch_listener();
  }
}

std::span<const Readiness> Reactor::wait(int timeout_ms) {
  const SysResult<std::span<const Readiness>> ready = poller_->wait(timeout_ms);
  if (ready) {
    return *ready;
  }
  SurviveWaitError(sys_, poller_->wait_call(), ready.error());
  return {};
}

void Reactor::note(const Readiness& readiness) {
  const auto index = static_cast<size_t>(readiness.fd);
  if (index >= clients_.size() || !clients_[index]) {
    return;  // the stop, which run() looks at
  }
  Client& client = *clients_[index];
  client.readable |= readiness.readable;
  client.writable |= readiness.writable;
  client.more_behind |= readiness.more_behind;
  mark_ready(client);
}

void Reactor::mark_ready(Client& client) {
  if (!std::exchange(client.marked, true)) {
    ready_.push_back(client.session.fd());
  }
}

void Reactor::serve_ready() {
  // Who is not done goes onto the next list: each client has one share in a turn.
  std::swap(ready_, serving_);
  for (const int fd : serving_) {
    Client& client = *clients_[static_cast<size_t>(fd)];
    client.marked = false;
    serve(client);
  }
  serving_.clear();
}

void Reactor::serve(Client& client) {
  // Sending first makes room for what is received.
  send_waiting(client);
  receive_share(client);
  if (!poller_->edge_triggered()) {
    client.readable = client.writable = client.more_behind = false;
  }
  settle(client);
}

void Reactor::send_waiting(Client& client) {
  if (client.writable && client.session.wants_write()) {
    client.writable = MayHaveMore(client.session.flush(), false);
  }
}

void Reactor::receive_share(Client& client) {
  int calls = poller_->edge_triggered() ? options_.edge_budget_calls : 1;
  for (; calls > 0 && client.readable && client.session.wants_read(); --calls) {
    const Session::Io io = client.session.receive();
    client.readable = MayHaveMore(io, client.more_behind);
    client.more_behind = client.more_behind && io != Session::Io::kBlocked;
  }
}

// Brings poller and ready list up to date with what the session wants now.
void Reactor::settle(Client& client) {
  const Session& session = client.session;
  if (session.finished()) {
    leave(client, session.error() == 0 ? "left" : DescribeErrno(session.error()));
    return;
  }
  const Interest interest = InterestOf(session);
  if (interest != client.interest) {
    if (Wants(interest, Interest::kWrite) && !Wants(client.interest, Interest::kWrite)) {
      client.writable = false;  // the kernel has just said so, and will tell
    }
    if (const SysResult<void> changed = poller_->change(session.fd(), interest); !changed) {
      leave(client, "cannot be watched any longer: " + DescribeErrno(changed.error()));
      return;
    }
    client.interest = interest;
  }
  if ((client.readable && session.wants_read()) || (client.writable && session.wants_write())) {
    mark_ready(client);
  }
}

void Reactor::leave(Client& client, std::string_view why) {
  const int fd = client.session.fd();
  options_.log(LogLevel::kDebug, "client on descriptor {}: {}", fd, why);
  if (client.marked) {
    std::erase(ready_, fd);
  }
  poller_->forget(fd);
  clients_[static_cast<size_t>(fd)].reset();
  --client_count_;
  if (place_.exchange != nullptr) {
    place_.exchange->left(place_.loop);
  }
  pause_.client_left();
}

void Reactor::watch_listener() {
  const SysResult<void> added = poller_->add_level_triggered(listener_.fd());
  if (!added) {
    pause_accepting(added.error());
    return;
  }
  listener_watched_ = true;
}

void Reactor::pause_accepting(int error) {
  if (std::exchange(listener_watched_, false)) {
    poller_->remove(listener_.fd());
  }
  if (pause_.begin()) {
    options_.log(LogLevel::kWarning, "accepting pauses, {} clients connected: {}", client_count_,
                 DescribeErrno(error));
  }
}

void Reactor::accept_newcomers() {
  for (int i = 0; i < options_.accepts_per_turn; ++i) {
    Accepted accepted = listener_.accept();
    switch (accepted.outcome) {
      case Accepted::Outcome::kClient:
        pause_.accepted();
        take_in(std::move(accepted.client));
        break;
      case Accepted::Outcome::kAgain:
        break;
      case Accepted::Outcome::kNone:
        return;
      case Accepted::Outcome::kExhausted:
      case Accepted::Outcome::kBroken:
        pause_accepting(accepted.error);
        return;
    }
  }
}

void Reactor::take_in(UniqueFd fd) {
  if (place_.exchange == nullptr) {
    admit(std::move(fd));
    return;
  }
  UniqueFd stays = place_.exchange->place(place_.loop, std::move(fd));
  if (stays && !admit(std::move(stays))) {
    place_.exchange->left(place_.loop);
  }
}

void Reactor::collect_newcomers() {
  for (UniqueFd& fd : place_.exchange->collect(place_.loop)) {
    if (!admit(std::move(fd))) {
      place_.exchange->left(place_.loop);
    }
  }
}

bool Reactor::admit(UniqueFd fd) {
  const int number = fd.get();
  if (!poller_->can_watch(number)) {
    options_.log(LogLevel::kWarning, "client refused: {} cannot watch descriptor {}",
                 poller_->wait_call(), number);
    return false;
  }
  const auto index = static_cast<size_t>(number);
  if (index >= clients_.size()) {
    clients_.resize(index + 1);
  }
  assert(!clients_[index]);
  if (const SysResult<void> added = poller_->add(number, Interest::kRead); !added) {
    options_.log(LogLevel::kWarning, "client refused: {}", DescribeErrno(added.error()));
    return false;
  }
  clients_[index] = std::make_unique<Client>(context_, std::move(fd));
  ++client_count_;
  options_.log(LogLevel::kDebug, "client on descriptor {}: connected", number);
  return true;
}

void Reactor::drain(Stop& stop) {
  poller_->remove(stop.fd());
  if (place_.exchange != nullptr) {
    poller_->remove(place_.exchange->inbox_fd(place_.loop));
  }
  if (std::exchange(listener_watched_, false)) {
    poller_->remove(listener_.fd());
  }
  listener_.close();
  const int64_t deadline_ns = NowNs(sys_) + options_.drain_ms * kNsPerMs;
  for (const std::unique_ptr<Client>& client : clients_) {
    if (client) {
      client->session.finish();
      client->readable = true;  // perhaps; who is edge-triggered would not be told again
      settle(*client);
    }
  }
  while (client_count_ > 0) {
    const int left_ms = RemainingMs(sys_, deadline_ns);
    if (left_ms == 0) {
      options_.log(LogLevel::kInfo, "{} clients cut off", client_count_);
      break;
    }
    turn(ready_.empty() ? left_ms : 0);
  }
  for (const std::unique_ptr<Client>& client : clients_) {
    if (client) {
      leave(*client, "cut off");
    }
  }
}

}  // namespace eagain
