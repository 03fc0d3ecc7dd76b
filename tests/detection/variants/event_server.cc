#include "event_server.h"

#include <netinet/in.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace eagain::detection {

namespace {

constexpr int kAcceptsPerTurn = 8;
constexpr int64_t kPauseMs = 100;
constexpr int64_t kDrainMs = 2'000;
constexpr int64_t kForEver = INT64_MAX;

sim::Tuning OrUsual(const sim::Tuning& tuning) {
  return tuning.receive_buffer > 0 ? tuning : sim::Tuning{4096, 64 * 1024, 16 * 1024};
}

}  // namespace

EventServer::EventServer(Sys& sys, sim::Process& process, WaitCall call, Defect defect)
    : process_(process),
      shared_{.sys = sys, .tuning = OrUsual(process.tuning()), .defect = defect},
      waits_(MakeWaits(call, sys, defect)) {}

int EventServer::run() {
  if (!listen()) {
    return 1;
  }
  process_.on_sigterm([this] {
    if (is(Defect::kStopIgnored)) {
      return;
    }
    stopping_ = true;
    const uint64_t one = 1;
    static_cast<void>(shared_.sys.write(stop_.get(), &one, sizeof one).ok());
  });
  while (!stopping_) {
    turn(timeout_ms());
  }
  drain();
  return 0;
}

bool EventServer::listen() {
  Sys& sys = shared_.sys;
  const int blocking = is(Defect::kListenerBlocking) ? 0 : SOCK_NONBLOCK;
  const SysResult<int> event = sys.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  const SysResult<int> socket = sys.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | blocking, 0);
  if (!event || !socket) {
    return false;
  }
  stop_ = UniqueFd(sys, *event);
  listener_ = UniqueFd(sys, *socket);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(process_.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return sys.bind(*socket, reinterpret_cast<sockaddr*>(&address), sizeof address).ok() &&
         sys.listen(*socket, SOMAXCONN).ok() && waits_->watch(*event, {.read = true}) &&
         waits_->watch(*socket, {.read = true});
}

int EventServer::timeout_ms() {
  if (newcomers_ || busy() || is(Defect::kZeroTimeout)) {
    return 0;
  }
  if (!paused_ || resumes_at_ms_ == kForEver) {
    return -1;
  }
  return static_cast<int>(std::max<int64_t>(resumes_at_ms_ - now_ms(), 0));
}

void EventServer::turn(int timeout_ms) {
  bool served = false;
  for (const Ready& ready : waits_->wait(timeout_ms)) {
    if (ready.fd == listener_.get()) {
      newcomers_ = true;
    } else if (ready.fd != stop_.get() && !(served && is(Defect::kFirstReadyOnly))) {
      on_ready(ready);
      served = true;
    }
  }
  end_turn();
  if (newcomers_ && !(served && is(Defect::kNewcomersLast))) {
    accept_newcomers();
  }
  resume_if_due();
}

void EventServer::accept_newcomers() {
  for (int i = 0; i < kAcceptsPerTurn && newcomers_ && !paused_; ++i) {
    const SysResult<int> fd =
        shared_.sys.accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd) {
      admit(*fd);
      newcomers_ = !is(Defect::kOneAcceptPerEdge);
      continue;
    }
    switch (fd.error()) {
      case EAGAIN:
        newcomers_ = false;
        break;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        pause();
        break;
      default:  // that one is gone already; who is behind it is not
        if (is(Defect::kAbortedFatal)) {
          throw std::runtime_error("accept4");
        }
    }
  }
}

void EventServer::admit(int fd) {
  UniqueFd newcomer(shared_.sys, fd);
  if (!waits_->watch(fd, {.read = true})) {
    if (is(Defect::kLeakWhenNotWatched)) {
      static_cast<void>(newcomer.release());
    }
    return;
  }
  clients_[fd] = std::make_unique<Client>(shared_, newcomer.release());
}

void EventServer::pause() {
  if (is(Defect::kExhaustedFatal)) {
    throw std::runtime_error("accept4");
  }
  newcomers_ = false;
  if (is(Defect::kExhaustedSpins)) {
    return;
  }
  waits_->forget(listener_.get());
  if (is(Defect::kExhaustedClosesListener)) {
    listener_.reset();
    return;
  }
  paused_ = true;
  resumes_at_ms_ = is(Defect::kExhaustedWaitsForLeaver) ? kForEver : now_ms() + kPauseMs;
}

void EventServer::resume_if_due() {
  if (paused_ && listener_ && (resumes_at_ms_ == 0 || resumes_at_ms_ <= now_ms())) {
    paused_ = !waits_->watch(listener_.get(), {.read = true});
    resumes_at_ms_ = paused_ ? now_ms() + kPauseMs : 0;
  }
}

EventServer::Client* EventServer::find(int fd) const {
  const auto client = clients_.find(fd);
  return client != clients_.end() ? client->second.get() : nullptr;
}

void EventServer::settle(Client& client) {
  const EchoClient& echo = client.echo;
  const bool write =
      (echo.wants_write() || is(Defect::kWriteInterestAlways)) && !is(Defect::kWriteInterestNever);
  if (echo.over() || !waits_->watch(echo.fd(), {.read = echo.wants_read(), .write = write})) {
    leave(client);
  }
}

void EventServer::leave(Client& client) {
  waits_->forget(client.echo.fd());
  clients_.erase(client.echo.fd());
  resumes_at_ms_ = 0;
}

// Sends what is owed, and ends. Who does not take it is cut off in the end.
void EventServer::drain() {
  waits_->forget(stop_.get());
  if (listener_) {
    waits_->forget(listener_.get());
    listener_.reset();
  }
  newcomers_ = false;
  const bool polite = is(Defect::kStopWaitsForClients);
  const int64_t deadline_ms = polite ? kForEver : now_ms() + kDrainMs;
  std::vector<int> fds;
  for (const auto& [fd, client] : clients_) {
    fds.push_back(fd);
  }
  for (const int fd : fds) {
    if (!polite) {
      clients_[fd]->echo.finish();
    }
    on_ready({.fd = fd, .read = true, .write = true});
  }
  end_turn();
  while (!clients_.empty() && now_ms() < deadline_ms) {
    const int64_t left_ms = std::min<int64_t>(deadline_ms - now_ms(), kDrainMs);
    turn(busy() ? 0 : static_cast<int>(std::max<int64_t>(left_ms, 0)));
  }
  clients_.clear();
}

int64_t EventServer::now_ms() {
  timespec now{};
  static_cast<void>(shared_.sys.clock_gettime(CLOCK_MONOTONIC, &now).ok());
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

void LevelServer::on_ready(const Ready& ready) {
  Client* client = find(ready.fd);
  if (client == nullptr || (ready.hangup && is(Defect::kHangupIgnored))) {
    return;
  }
  if (is(Defect::kStaleEvent) && ready.read && ready.write) {
    static_cast<void>(client->echo.receive());
    settle(*client);
    client = find(ready.fd);
    if (client == nullptr) {
      throw std::logic_error("a client that has left is used");  // rather than doing so
    }
    static_cast<void>(client->echo.send());
    return;
  }
  if (ready.write || ready.hangup) {
    static_cast<void>(client->echo.send());
  }
  if (ready.read || ready.hangup) {
    static_cast<void>(client->echo.receive());
  }
  settle(*client);
}

void EdgeServer::on_ready(const Ready& ready) {
  if (Client* client = find(ready.fd)) {
    if (ready.end && is(Defect::kHangupBeforeBytes)) {
      client->echo.give_up();
    }
    client->readable |= ready.read;
    client->writable |= ready.write;
    put_on_list(*client);
  }
}

void EdgeServer::put_on_list(Client& client) {
  if (!std::exchange(client.listed, true)) {
    list_.push_back(client.echo.fd());
  }
}

void EdgeServer::end_turn() {
  for (const int fd : std::exchange(list_, {})) {
    if (Client* client = find(fd); client != nullptr && std::exchange(client->listed, false)) {
      serve(*client);
    }
  }
}

void EdgeServer::serve(Client& client) {
  constexpr int kShare = 4;
  EchoClient& echo = client.echo;
  while (client.writable && echo.wants_write()) {
    client.writable = echo.send() == Io::kMoved;
  }
  for (int i = 0; (i < kShare || is(Defect::kNoBudget)) && client.readable && echo.wants_read();
       ++i) {
    client.readable = echo.receive() == Io::kMoved && !is(Defect::kEdgeNotDrained);
  }
  const bool more =
      (client.readable && echo.wants_read()) || (client.writable && echo.wants_write());
  if (more && !echo.over() && !is(Defect::kReadyForgotten)) {
    put_on_list(client);
  }
  settle(client);
}

}  // namespace eagain::detection
