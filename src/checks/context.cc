#include "eagain/checks/context.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <exception>
#include <utility>

#include "eagain/driver/sock_diag.h"
#include "eagain/driver/socket_table.h"

namespace eagain::checks {

namespace asio = boost::asio;
using driver::EventKind;

struct Context::Impl {
  Impl(asio::io_context& io_in, ContextOptions options_in)
      : io(io_in), options(std::move(options_in)), patience(io, options.patience) {
    if (options.memory) {
      memory_logs = std::make_unique<MemoryLogs>(*options.memory);
    }
  }

  asio::io_context& io;
  ContextOptions options;
  driver::Transcript transcript;
  driver::Patience patience;
  std::vector<Peer> left_open;  // after what their connections refer to
  std::optional<uint16_t> port;
  std::unique_ptr<MemoryLogs> memory_logs;
  std::unique_ptr<driver::HarnessServer> harness_server;
  std::unique_ptr<driver::ServerProcess> server;
  std::string output_of_stopped;
  std::unique_ptr<Injection> injection;  // of the server that runs
  std::vector<std::string> faults;       // of servers that were stopped, and from outside
  std::vector<RuleFired> rules;          // of servers that were stopped
  int clients = 0;
  std::optional<Partial> progress;
};

Context::Context(asio::io_context& io, ContextOptions options)
    : impl_(std::make_unique<Impl>(io, std::move(options))) {}

Context::~Context() { stop_server(); }

std::vector<Peer>& Context::left_open() { return impl_->left_open; }

void Context::tell_progress(int done, int of, std::string_view what) {
  assert(0 <= done && done <= of);
  impl_->progress = {.done = std::min(done, of - 1), .of = of, .what = std::string(what)};
}

std::optional<Partial> Context::progress() const { return impl_->progress; }

awaitable<void> Context::start_server() {
  assert(!impl_->server && "one server at a time");
  if (!impl_->options.injector.on_top.plan.empty()) {
    co_await start_injected("", Injection::Mode::kFault);
    co_return;
  }
  co_await launch();
}

// On another port, so that what is left of connections on the old one is in nobody's way.
awaitable<void> Context::start_server_under(const std::string& plan) {
  stop_server();
  impl_->port.reset();
  co_await start_injected(plan, Injection::Mode::kFault);
  transcript().note("the server runs under the fault plan: " + plan);
}

awaitable<void> Context::start_server_observed(const std::string& plan) {
  stop_server();
  impl_->port.reset();
  co_await start_injected(plan, Injection::Mode::kObserve);
}

awaitable<void> Context::start_injected(const std::string& plan, Injection::Mode mode) {
  if (const auto& obstacle = injection_obstacle()) {
    throw Skip(*obstacle);
  }
  impl_->injection = std::make_unique<Injection>(impl_->options.injector, plan, mode);
  std::optional<Failure> failed;
  try {
    co_await launch();
  } catch (const Failure& failure) {
    failed = failure;
  }
  if (failed && impl_->injection->log().start() == nullptr) {
    throw driver::HarnessError(
        fmt::format("the injector did not start the server: {}", failed->actual()));
  }
  const bool again = !plan.empty();
  if (failed && again && impl_->options.command.fixed_port) {
    throw Skip("the server does not start again at once on its built-in port (lifecycle/restart)");
  }
  if (failed) {
    throw *failed;
  }
}

awaitable<void> Context::launch() {
  if (!impl_->port) {
    impl_->port = impl_->options.command.fixed_port.value_or(driver::FindFreePort());
  }
  driver::ServerCommand command = impl_->options.command;
  if (impl_->memory_logs) {
    impl_->memory_logs->start(command, impl_->injection != nullptr);
  }
  if (impl_->injection) {
    command.argv = impl_->injection->wrap(command.argv);
  }
  impl_->server = std::make_unique<driver::ServerProcess>(impl_->io, command, *impl_->port);
  impl_->patience.observe(impl_->server.get());
  co_await impl_->server->wait_until_listening(impl_->patience);
  impl_->transcript.add(
      0, EventKind::kServer, 0,
      fmt::format("the server listens on {} port {}", server().address(), server().port()));
}

namespace {

// What a killed process held may be given back a moment after its end: the kernel takes an
// io_uring apart behind its back.
void AwaitPortGivenBack(uint16_t port) {
  constexpr int kMostLooks = 500;
  for (int look = 0; look < kMostLooks && driver::IsListenedOn(port); ++look) {
    ::usleep(2000);
  }
}

}  // namespace

void Context::stop_server() {
  if (!impl_->server) {
    return;
  }
  impl_->patience.observe(nullptr);
  const uint16_t port = impl_->server->port();
  impl_->server->kill_tree();
  if (impl_->harness_server) {
    impl_->harness_server.reset();
  } else {
    AwaitPortGivenBack(port);
  }
  impl_->output_of_stopped += impl_->server->output();
  impl_->server.reset();
  if (impl_->injection) {
    impl_->faults = faults();
    impl_->rules = rules_fired();
    impl_->injection.reset();
  }
}

driver::HarnessServer& Context::listen() {
  assert(!impl_->harness_server && "one server at a time");
  impl_->harness_server = std::make_unique<driver::HarnessServer>(
      impl_->io, impl_->patience, impl_->transcript, impl_->options.command.fixed_port.value_or(0));
  impl_->transcript.add(0, EventKind::kServer, 0,
                        fmt::format("the client's server listens on {} port {}",
                                    driver::kClientsHost, impl_->harness_server->port()));
  return *impl_->harness_server;
}

void Context::start_client(uint16_t port) {
  driver::ServerCommand command = impl_->options.command;
  command.is_client = true;
  impl_->server = std::make_unique<driver::ServerProcess>(impl_->io, command, port);
  impl_->patience.observe(impl_->server.get());
}

const fault::InjectionLog* Context::injection() {
  return impl_->injection ? &impl_->injection->log() : nullptr;
}

void Context::fault_happened(std::string what) {
  transcript().add(0, driver::EventKind::kFault, 0, what);
  impl_->faults.push_back(std::move(what));
}

std::vector<std::string> Context::faults() {
  std::vector<std::string> all = impl_->faults;
  if (impl_->injection) {
    const auto fired = impl_->injection->fired();
    all.insert(all.end(), fired.begin(), fired.end());
  }
  return all;
}

std::vector<RuleFired> Context::rules_fired() {
  std::vector<RuleFired> all = impl_->rules;
  const auto now = impl_->injection ? impl_->injection->fired_on_top() : std::vector<RuleFired>{};
  if (all.empty()) {
    return now;
  }
  for (size_t i = 0; i < now.size(); ++i) {
    all[i].fired += now[i].fired;
  }
  return all;
}

const std::optional<std::string>& Context::injection_obstacle() const {
  return impl_->options.injector.obstacle;
}

const MemoryLogs* Context::memory_logs() const { return impl_->memory_logs.get(); }

driver::ServerProcess& Context::server() {
  assert(impl_->server && "no server was started");
  return *impl_->server;
}

bool Context::has_server() const { return impl_->server != nullptr; }

driver::ServerCommand& Context::command() { return impl_->options.command; }

std::string Context::server_output() const {
  return impl_->output_of_stopped + (impl_->server ? impl_->server->output() : "");
}

std::optional<driver::ProcessEnd> Context::server_end() const {
  return impl_->server ? impl_->server->ended() : std::nullopt;
}

awaitable<Peer> Context::connect(PeerOptions options) {
  const int number = ++impl_->clients;
  co_return co_await Peer::connect(
      {impl_->io, impl_->patience, impl_->transcript, &impl_->left_open}, server().address(),
      server().port(), number, options);
}

awaitable<std::vector<Peer>> Context::connect_many(int count, PeerOptions options) {
  std::vector<Peer> peers;
  peers.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    peers.push_back(co_await connect(options));
  }
  co_return peers;
}

awaitable<void> Context::all(std::vector<awaitable<void>> tasks) {
  if (tasks.empty()) {
    co_return;
  }
  const auto start = [this](awaitable<void> task) {
    return asio::co_spawn(impl_->io, std::move(task), asio::deferred);
  };
  std::vector<decltype(start(std::move(tasks.front())))> started;
  started.reserve(tasks.size());
  for (awaitable<void>& task : tasks) {
    started.push_back(start(std::move(task)));
  }
  const auto [order, failures] =
      co_await asio::experimental::make_parallel_group(std::move(started))
          .async_wait(asio::experimental::wait_for_one_error(), asio::use_awaitable);
  for (const size_t task : order) {
    if (failures[task]) {
      std::rethrow_exception(failures[task]);
    }
  }
}

awaitable<void> Context::frozen(std::function<awaitable<void>()> arrange) {
  // A server that never settles is stopped wherever it is: that it spins is not what is asked here.
  if (!impl_->patience.restless()) {
    co_await impl_->patience.settled();
  }
  server().freeze();
  impl_->transcript.add(0, EventKind::kServer, 0, "the server is stopped (SIGSTOP)");
  std::exception_ptr thrown;
  try {
    co_await arrange();
  } catch (...) {
    thrown = std::current_exception();
  }
  server().thaw();
  impl_->transcript.add(0, EventKind::kServer, 0, "the server goes on (SIGCONT)");
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

awaitable<void> Context::handled() { static_cast<void>(co_await impl_->patience.settled()); }

awaitable<void> Context::until(std::string expected, std::function<bool()> condition,
                               std::function<std::string()> actual) {
  std::string why;
  const bool holds = co_await impl_->patience.until(std::move(condition), &why);
  if (!holds) {
    throw Failure(std::move(expected), fmt::format("{}: {}", actual(), why));
  }
}

namespace {

// The first process of a daemon has ended as it should, and what it left is the server.
bool IsDaemon(const driver::ServerProcess& server) {
  const auto& end = server.ended();
  return end && !end->signaled && end->status == 0 && !driver::ListenersOf(server.pid()).empty();
}

}  // namespace

awaitable<void> Context::expect_alive(std::string_view after) {
  const std::string expected = fmt::format("a new client is served after {}", after);
  if (const auto end = server_end(); end && !IsDaemon(server())) {
    throw Failure(expected, "the server has ended: " + end->describe());
  }
  try {
    Peer newcomer = co_await connect();
    co_await newcomer.round_trip("are you there?\n");
    newcomer.close();
  } catch (const Failure& failure) {
    throw Failure(expected, failure.actual());
  }
}

driver::TreeSample Context::sample(driver::Detail detail) const {
  return impl_->server ? driver::SampleTree(impl_->server->pid(), detail) : driver::TreeSample{};
}

driver::Patience& Context::patience() { return impl_->patience; }
driver::Transcript& Context::transcript() { return impl_->transcript; }
const std::string& Context::strategy() const { return impl_->options.strategy; }
uint64_t Context::seed() const { return impl_->options.seed; }
asio::io_context& Context::io() { return impl_->io; }

}  // namespace eagain::checks
