#include "eagain/driver/patience.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <utility>
#include <vector>

#include "eagain/driver/failure.h"
#include "eagain/driver/sampler.h"
#include "eagain/driver/server_process.h"
#include "eagain/driver/settling.h"
#include "eagain/driver/socket_table.h"
#include "eagain/driver/stall_evidence.h"
#include "eagain/driver/wording.h"

namespace eagain::driver {

using Clock = std::chrono::steady_clock;
using boost::system::error_code;
using std::chrono::nanoseconds;

namespace {

constexpr Milliseconds kTick{25};
constexpr std::chrono::seconds kMostReprieve{60};

PatienceLimits Scaled(PatienceLimits limits) {
  const auto scaled = [&](Milliseconds time) {
    return std::chrono::duration_cast<Milliseconds>(time * limits.scale);
  };
  limits.quiet = scaled(limits.quiet);
  limits.busy = scaled(limits.busy);
  limits.unfair = scaled(limits.unfair);
  limits.scale = 1.0;
  return limits;
}

// Sums of fair time since some moment.
struct Clocks {
  nanoseconds quiet{};
  nanoseconds busy{};
  nanoseconds fair() const { return quiet + busy; }
};

}  // namespace

struct Patience::Wait::State {
  std::shared_ptr<Patience::Impl> owner;
  std::function<void()> on_stall;
  std::function<bool()> in_transit;
  PatienceLimits limits;
  size_t index = 0;   // in Impl::waits
  bool fresh = true;  // made or moved since the last tick: its clocks start at the next
  bool stalled = false;
  Clocks idle;        // since anything moved, while this wait lives
  nanoseconds own{};  // fair time since what is waited for moved
  Clock::time_point first_reprieve{};
  std::string why;
};

struct Patience::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, const PatienceLimits& given)
      : io(context), timer(context), limits(given), scaled(Scaled(given)) {}

  void add(Wait::State& wait);
  void remove(Wait::State& wait);
  void arm();
  void tick();
  void account(const IntervalShare& share);
  static bool is_over(const Wait::State& wait, bool moving);
  void confirm(int turns);
  void give_up(Wait::State& wait);
  static SettlingProbes probes(const std::shared_ptr<Impl>& self);

  asio::io_context& io;
  asio::steady_timer timer;
  PatienceLimits limits;
  PatienceLimits scaled;
  ServerProcess* server = nullptr;
  Sampler sampler;
  std::vector<Wait::State*> waits;
  bool armed = false;
  bool progressed = false;  // since the last tick
  bool confirming = false;
  bool restless = false;  // see Patience::restless()
  uint64_t moves = 0;
  nanoseconds fair{};
};

void Patience::Impl::add(Wait::State& wait) {
  wait.index = waits.size();
  waits.push_back(&wait);
  arm();
}

void Patience::Impl::remove(Wait::State& wait) {
  waits[wait.index] = waits.back();
  waits[wait.index]->index = wait.index;
  waits.pop_back();
}

// The timer is left to run out when the last wait goes: the next one comes soon, mostly, and to
// set a timer for each of a hundred thousand waits would cost more than the waits.
void Patience::Impl::arm() {
  if (armed) {
    return;
  }
  armed = true;
  const auto expiry = Clock::now() + std::clamp<nanoseconds>(sampler.advised_interval(), kTick,
                                                             std::chrono::seconds(1));
  sampler.expect_at(expiry);
  timer.expires_at(expiry);
  timer.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (self && !error) {
      self->armed = false;
      self->tick();
    }
  });
}

void Patience::Impl::tick() {
  if (waits.empty()) {
    sampler.forget();
    return;
  }
  // While all goes well the server need not be looked at.
  const bool all_fresh =
      std::all_of(waits.begin(), waits.end(), [](const Wait::State* wait) { return wait->fresh; });
  const IntervalShare share = sampler.next(server, all_fresh);
  account(share);
  arm();
  if (!confirming && std::any_of(waits.begin(), waits.end(),
                                 [](const Wait::State* wait) { return is_over(*wait, false); })) {
    confirming = true;
    // Whatever can be read is read first: a turn of the loop looks at all descriptors, and one
    // more runs the handlers of those that are ready.
    confirm(4);
  }
}

void Patience::Impl::account(const IntervalShare& share) {
  fair += share.fair;
  for (Wait::State* wait : waits) {
    if (progressed || wait->fresh) {
      wait->idle = {};
    } else {
      wait->idle.quiet += share.quiet;
      wait->idle.busy += share.busy;
    }
    if (!wait->fresh) {
      wait->own += share.fair;
    }
    wait->fresh = false;
  }
  progressed = false;
}

// `moving`: something moved since the clocks were brought up to date, so that only what others
// got instead can be held against the server.
bool Patience::Impl::is_over(const Wait::State& wait, bool moving) {
  if (wait.stalled || wait.fresh) {
    return false;
  }
  const bool idle = wait.idle.quiet >= wait.limits.quiet || wait.idle.busy >= wait.limits.busy;
  return (idle && !moving) || wait.own >= wait.limits.unfair;
}

void Patience::Impl::confirm(int turns) {
  asio::post(io, [weak = weak_from_this(), turns] {
    const auto self = weak.lock();
    if (!self) {
      return;
    }
    if (turns > 0) {
      self->confirm(turns - 1);
      return;
    }
    self->confirming = false;
    std::vector<Wait::State*> over;
    for (Wait::State* wait : self->waits) {
      if (is_over(*wait, self->progressed)) {
        over.push_back(wait);
      }
    }
    for (Wait::State* wait : over) {  // a handler may end other waits too
      if (std::find(self->waits.begin(), self->waits.end(), wait) != self->waits.end()) {
        self->give_up(*wait);
      }
    }
  });
}

void Patience::Impl::give_up(Wait::State& wait) {
  if (wait.in_transit && wait.in_transit()) {
    const auto now = Clock::now();
    if (wait.first_reprieve == Clock::time_point{}) {
      wait.first_reprieve = now;
    }
    if (now - wait.first_reprieve < kMostReprieve) {
      wait.fresh = true;
      wait.idle = {};
      wait.own = {};
      return;
    }
  }
  wait.stalled = true;
  const bool unfair = wait.idle.quiet < wait.limits.quiet && wait.idle.busy < wait.limits.busy;
  wait.why =
      unfair ? fmt::format("others were served, but this did not move for {}", Duration(wait.own))
             : StallEvidence(server, wait.idle.quiet, wait.idle.busy);
  // The handler may end the wait, and this state with it.
  if (const auto on_stall = std::exchange(wait.on_stall, nullptr)) {
    on_stall();
  }
}

SettlingProbes Patience::Impl::probes(const std::shared_ptr<Impl>& self) {
  return {[self] { return self->server != nullptr ? WaitsOf(self->server->pid()) : ThreadWaits(); },
          [self] { return self->server != nullptr ? QueueFingerprint(self->server->port()) : 0; }};
}

Patience::Wait::Wait(Patience& patience, std::function<void()> on_stall,
                     std::function<bool()> in_transit)
    : Wait(patience, patience.impl_->scaled, std::move(on_stall)) {
  state_->in_transit = std::move(in_transit);
}

Patience::Wait::Wait(Patience& patience, const PatienceLimits& limits,
                     std::function<void()> on_stall)
    : state_(std::make_shared<State>()) {
  state_->owner = patience.impl_;
  state_->on_stall = std::move(on_stall);
  state_->limits = limits;
  patience.impl_->add(*state_);
}

Patience::Wait::~Wait() { state_->owner->remove(*state_); }

void Patience::Wait::moved() {
  state_->fresh = true;
  state_->own = {};
  state_->owner->progressed = true;
  ++state_->owner->moves;
}

bool Patience::Wait::stalled() const { return state_->stalled; }
std::string Patience::Wait::why() const { return state_->why; }

Patience::Patience(asio::io_context& io, const PatienceLimits& limits)
    : impl_(std::make_shared<Impl>(io, limits)) {}

Patience::~Patience() {
  impl_->server = nullptr;
  impl_->timer.cancel();
}

void Patience::observe(ServerProcess* server) {
  impl_->server = server;
  impl_->restless = impl_->limits.restless;
  impl_->sampler.forget();
}

void Patience::progress() {
  impl_->progressed = true;
  ++impl_->moves;
}

nanoseconds Patience::fair_time() const { return impl_->fair; }
const PatienceLimits& Patience::limits() const { return impl_->limits; }
bool Patience::restless() const { return impl_->restless; }

asio::awaitable<bool> Patience::until(std::function<bool()> condition, std::string* why) {
  return until_within(impl_->scaled, std::move(condition), why);
}

asio::awaitable<bool> Patience::until_within(PatienceLimits limits, std::function<bool()> condition,
                                             std::string* why) {
  asio::steady_timer timer(impl_->io);
  Wait wait(*this, limits, [&timer] { timer.cancel(); });
  for (;;) {
    const auto from = Clock::now();
    if (condition()) {
      co_return true;
    }
    if (wait.stalled()) {
      if (why != nullptr) {
        *why = wait.why();
      }
      co_return false;
    }
    // A look that costs much is taken less often.
    const nanoseconds cost = Clock::now() - from;
    timer.expires_after(std::max<nanoseconds>(Milliseconds(2), 5 * cost));
    error_code error;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error && !wait.stalled()) {
      throw boost::system::system_error(error);
    }
  }
}

asio::awaitable<std::string> Patience::obituary() {
  // A process closes its connections before it can be seen to have ended.
  constexpr PatienceLimits kMoment{
      .quiet = Milliseconds(50), .busy = Milliseconds(50), .unfair = Milliseconds(50)};
  if (impl_->server == nullptr) {
    co_return std::string();
  }
  // The lambda is trivial: g++ 12 destroys a temporary in a co_await expression twice.
  co_await until_within(kMoment, [this] { return !impl_->server || impl_->server->ended(); });
  if (impl_->server == nullptr || !impl_->server->ended()) {
    co_return std::string();
  }
  co_return "; the server has ended: " + impl_->server->ended()->describe();
}

asio::awaitable<bool> Patience::settled() {
  asio::steady_timer timer(impl_->io);
  // A server that sleeps between its turns is on its way: only work without end is given up.
  PatienceLimits limits = impl_->scaled;
  limits.quiet = limits.unfair;
  if (impl_->restless) {
    // It will not sleep this time either; what it has to do for us it does in a few of its turns.
    constexpr int kSooner = 100;
    limits.busy /= kSooner;
  }
  const Wait wait(*this, limits, [&timer] { timer.cancel(); });
  Settling settling(Impl::probes(impl_));
  for (;;) {
    const auto from = Clock::now();
    const pid_t root = impl_->server != nullptr ? impl_->server->pid() : -1;
    if (root < 0 || settling.look(SampleTree(root, Detail::kThreads), impl_->moves, from)) {
      co_return true;
    }
    const nanoseconds cost = Clock::now() - from;
    if (wait.stalled()) {
      impl_->restless = true;
      co_return false;
    }
    timer.expires_after(std::max<nanoseconds>(Milliseconds(4), cost));
    error_code error;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error && !wait.stalled()) {
      throw boost::system::system_error(error);
    }
  }
}

asio::awaitable<void> Patience::pass(Milliseconds window) {
  assert(impl_->server == nullptr || !impl_->server->frozen());
  constexpr PatienceLimits kEndless{.quiet = std::chrono::hours(24),
                                    .busy = std::chrono::hours(24),
                                    .unfair = std::chrono::hours(24)};
  asio::steady_timer timer(impl_->io);
  const Wait wait(*this, kEndless, [] {});
  const auto target = impl_->fair + window;
  const auto last = Clock::now() + std::max<nanoseconds>(100 * window, std::chrono::minutes(1));
  while (impl_->fair < target) {
    if (Clock::now() > last) {
      throw HarnessError(fmt::format(
          "the machine is too busy: in {} the server was not given {} in which it could run",
          Duration(std::max<nanoseconds>(100 * window, std::chrono::minutes(1))),
          Duration(window)));
    }
    timer.expires_after(std::clamp<nanoseconds>(target - impl_->fair, Milliseconds(2), kTick));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace eagain::driver
