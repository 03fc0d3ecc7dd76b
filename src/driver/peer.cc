#include "eagain/driver/peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

#include "eagain/driver/connection.h"
#include "eagain/driver/failure.h"
#include "eagain/driver/sock_diag.h"
#include "eagain/driver/wording.h"

namespace eagain::driver {

// The operations are coroutines of the implementation, which lives as long as one of them runs: a
// Peer may be moved or destroyed meanwhile.
struct Peer::Impl : std::enable_shared_from_this<Peer::Impl> {
  Impl(PeerEnvironment environment, int lane)
      : env(environment),
        connection(environment.io),
        number(lane),
        pattern(static_cast<uint16_t>(lane)) {}
  ~Impl() { connection.reset(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  asio::awaitable<void> send(std::string bytes);
  asio::awaitable<void> expect(std::string bytes);
  asio::awaitable<void> send_pattern(uint64_t count);
  asio::awaitable<void> expect_pattern(uint64_t count);
  asio::awaitable<void> exchange_pattern(uint64_t count);
  asio::awaitable<uint64_t> fill(uint64_t most);
  asio::awaitable<std::string> receive_some(size_t most);
  asio::awaitable<void> expect_nothing();
  asio::awaitable<void> expect_eof();
  asio::awaitable<void> expect_closed();

  // Sends all of `bytes`, which are `done` bytes into a message of `total`.
  asio::awaitable<void> send_part(std::string_view bytes, uint64_t done, uint64_t total,
                                  Patience::Wait& wait);
  // Receives something: at least one byte, or 0 at the end of the stream, or an errno. `expected`
  // and `done` are for the failure when nothing comes.
  asio::awaitable<Transfer> receive_part(std::span<char> into, std::string expected,
                                         std::string done, Patience::Wait& wait);
  asio::awaitable<void> take_turns();
  Patience::Wait make_wait();
  std::string name() const { return fmt::format("client {}", number); }
  void received(std::string_view bytes);
  // Notes that `wait` was given up; its evidence.
  std::string stalled(const Patience::Wait& wait);
  // Each throws the Failure.
  asio::awaitable<void> fail_to_send(int error, uint64_t done, uint64_t total);
  asio::awaitable<void> fail_at_end(std::string expected, Transfer transfer, std::string after);

  PeerEnvironment env;
  Connection connection;
  int number;
  Pattern pattern;
  uint64_t sent = 0;
  uint64_t received_bytes = 0;
  int without_waiting = 0;
  bool in_vain = false;
};

namespace {

constexpr size_t kReceiveSize = 256 * 1024;
constexpr size_t kSendSize = 64 * 1024;

// One for all peers of a thread: it is filled and looked at without a wait in between.
std::span<char> Scratch() {
  thread_local std::vector<char> scratch(kReceiveSize);
  return scratch;
}

std::string HowItEnded(const Transfer& transfer) {
  if (transfer.error == 0) {
    return "the server closed the connection (FIN)";
  }
  if (transfer.error == ECONNRESET) {
    return "the server reset the connection (RST)";
  }
  return fmt::format("the connection broke: {}", std::strerror(transfer.error));
}

std::string After(uint64_t done, uint64_t total) {
  return done == 0 ? " before any byte came"
                   : fmt::format(" after {} of {} bytes", Grouped(done), Grouped(total));
}

std::string NothingAfter(uint64_t done, uint64_t total) {
  return done == 0 ? "nothing came" : "nothing more came" + After(done, total);
}

}  // namespace

Patience::Wait Peer::Impl::make_wait() {
  return {env.patience, [this] { connection.interrupt(); },
          [this] { return connection.in_transit(); }};
}

// What never waits would leave no turn to anybody else.
asio::awaitable<void> Peer::Impl::take_turns() {
  constexpr int kMost = 32;
  if (++without_waiting >= kMost) {
    without_waiting = 0;
    co_await asio::post(env.io, asio::use_awaitable);
  }
}

void Peer::Impl::received(std::string_view bytes) {
  env.transcript.add(number, EventKind::kReceive, bytes.size(), Excerpt(bytes, 24));
}

std::string Peer::Impl::stalled(const Patience::Wait& wait) {
  in_vain = true;
  env.transcript.add(number, EventKind::kStall, 0, wait.why());
  return wait.why();
}

asio::awaitable<void> Peer::Impl::fail_to_send(int error, uint64_t done, uint64_t total) {
  // EPIPE is what the second send to a dead connection meets.
  const Transfer transfer{0, error == EPIPE ? ECONNRESET : error};
  std::string expected =
      fmt::format("the server takes what {} sends ({})", name(), Counted(total, "byte"));
  co_await fail_at_end(
      std::move(expected), transfer,
      fmt::format(" after {} of {} bytes were sent", Grouped(done), Grouped(total)));
}

asio::awaitable<void> Peer::Impl::fail_at_end(std::string expected, Transfer transfer,
                                              std::string after) {
  if (transfer.error == 0) {
    env.transcript.add(number, EventKind::kEof);
  }
  const std::string obituary = co_await env.patience.obituary();
  throw Failure(std::move(expected), HowItEnded(transfer) + after + obituary);
}

asio::awaitable<void> Peer::Impl::send_part(std::string_view bytes, uint64_t done, uint64_t total,
                                            Patience::Wait& wait) {
  while (!bytes.empty()) {
    const Transfer transfer = connection.send(bytes);
    if (transfer.error == 0) {
      env.transcript.add(number, EventKind::kSend, transfer.count,
                         Excerpt(bytes.substr(0, transfer.count), 24));
      wait.moved();
      done += transfer.count;
      bytes.remove_prefix(transfer.count);
      co_await take_turns();
      continue;
    }
    if (!transfer.would_block()) {
      co_await fail_to_send(transfer.error, done, total);
    }
    without_waiting = 0;
    if (!co_await connection.ready(Connection::Ready::kWrite, wait)) {
      throw Failure(
          fmt::format("the server takes what {} sends ({})", name(), Counted(total, "byte")),
          fmt::format("it took no more after {} of {} bytes: {}", Grouped(done), Grouped(total),
                      stalled(wait)));
    }
  }
}

asio::awaitable<Transfer> Peer::Impl::receive_part(std::span<char> into, std::string expected,
                                                   std::string done, Patience::Wait& wait) {
  co_await take_turns();  // not after: others use the same scratch
  for (;;) {
    const Transfer transfer = connection.receive(into);
    if (!transfer.would_block()) {
      wait.moved();
      co_return transfer;
    }
    without_waiting = 0;
    if (!co_await connection.ready(Connection::Ready::kRead, wait)) {
      throw Failure(std::move(expected), fmt::format("{}: {}", done, stalled(wait)));
    }
  }
}

asio::awaitable<void> Peer::Impl::send(std::string bytes) {
  const auto self = shared_from_this();
  Patience::Wait wait = make_wait();
  co_await send_part(bytes, 0, bytes.size(), wait);
}

asio::awaitable<void> Peer::Impl::expect(std::string bytes) {
  const auto self = shared_from_this();
  Patience::Wait wait = make_wait();
  const auto expected = [&] {
    return fmt::format("{} receives {}: {}", name(), Counted(bytes.size(), "byte"), Excerpt(bytes));
  };
  size_t done = 0;
  while (done < bytes.size()) {
    const auto into = Scratch().first(std::min(kReceiveSize, bytes.size() - done));
    const Transfer transfer =
        co_await receive_part(into, expected(), NothingAfter(done, bytes.size()), wait);
    if (transfer.error != 0 || transfer.count == 0) {
      co_await fail_at_end(expected(), transfer, After(done, bytes.size()));
    }
    const auto came = into.first(transfer.count);
    received({came.data(), came.size()});
    if (std::memcmp(came.data(), bytes.data() + done, came.size()) != 0) {
      const std::span<const char> due(bytes);
      const std::string whole = bytes.substr(0, done) + std::string(came.data(), came.size());
      throw Failure(expected(), fmt::format("{} came, with other bytes in them: {}\n{}",
                                            Counted(whole.size(), "byte"), Excerpt(whole),
                                            HexWindow(due.first(whole.size()), whole)));
    }
    done += transfer.count;
  }
}

asio::awaitable<void> Peer::Impl::send_pattern(uint64_t count) {
  const auto self = shared_from_this();
  Patience::Wait wait = make_wait();
  std::vector<char> part(static_cast<size_t>(std::min<uint64_t>(count, kSendSize)));
  for (uint64_t done = 0; done < count;) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(count - done, part.size()));
    pattern.fill(sent, std::span(part).first(size));
    // `sent` goes on with what the kernel took, in send_part's failure too.
    const uint64_t before = sent;
    co_await send_part({part.data(), size}, done, count, wait);
    sent = before + size;
    done += size;
  }
}

asio::awaitable<void> Peer::Impl::expect_pattern(uint64_t count) {
  const auto self = shared_from_this();
  Patience::Wait wait = make_wait();
  const auto expected = [&] {
    return fmt::format("{} receives {} of what it sent, from offset {} on", name(),
                       Counted(count, "byte"), Grouped(received_bytes));
  };
  const std::string due = expected();
  for (uint64_t done = 0; done < count;) {
    const auto into =
        Scratch().first(static_cast<size_t>(std::min<uint64_t>(kReceiveSize, count - done)));
    const Transfer transfer = co_await receive_part(into, due, NothingAfter(done, count), wait);
    if (transfer.error != 0 || transfer.count == 0) {
      co_await fail_at_end(due, transfer, After(done, count));
    }
    const auto came = into.first(transfer.count);
    received({came.data(), came.size()});
    if (const auto differs = pattern.first_difference(received_bytes, came)) {
      const std::string right = pattern.bytes(received_bytes, came.size());
      throw Failure(due, fmt::format("at offset {}: {}\n{}", Grouped(received_bytes + *differs),
                                     pattern.diagnose(received_bytes, came),
                                     HexWindow(right, came, received_bytes)));
    }
    received_bytes += transfer.count;
    done += transfer.count;
  }
}

asio::awaitable<void> Peer::Impl::exchange_pattern(uint64_t count) {
  using asio::experimental::awaitable_operators::operator&&;
  const auto self = shared_from_this();
  // The first failure is the one to tell: the other side is only cancelled.
  std::exception_ptr first;
  const auto told = [&first](asio::awaitable<void> operation) -> asio::awaitable<void> {
    try {
      co_await std::move(operation);
    } catch (...) {
      if (!first) {
        first = std::current_exception();
      }
      throw;
    }
  };
  std::exception_ptr failed;
  try {
    co_await (told(send_pattern(count)) && told(expect_pattern(count)));
  } catch (...) {
    failed = first ? first : std::current_exception();
  }
  if (failed) {
    std::rethrow_exception(failed);
  }
}

asio::awaitable<uint64_t> Peer::Impl::fill(uint64_t most) {
  const auto self = shared_from_this();
  std::vector<char> part(kSendSize);
  uint64_t done = 0;
  bool full = false;
  while (done < most) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(most - done, part.size()));
    pattern.fill(sent, std::span(part).first(size));
    const Transfer transfer = connection.send({part.data(), size});
    if (transfer.error == 0) {
      env.transcript.add(number, EventKind::kSend, transfer.count);
      env.patience.progress();
      sent += transfer.count;
      done += transfer.count;
      full = false;
      co_await take_turns();
    } else if (!transfer.would_block()) {
      co_await fail_to_send(transfer.error, done, most);
    } else if (full) {
      break;  // still full after the server had all the time it wanted
    } else {
      full = true;
      if (!co_await env.patience.settled()) {
        break;
      }
    }
  }
  co_return done;
}

asio::awaitable<std::string> Peer::Impl::receive_some(size_t most) {
  const auto self = shared_from_this();
  Patience::Wait wait = make_wait();
  const auto into = Scratch().first(std::min(most, kReceiveSize));
  const std::string expected = fmt::format("{} receives something", name());
  const Transfer transfer = co_await receive_part(into, expected, "nothing came", wait);
  if (transfer.error != 0) {
    co_await fail_at_end(expected, transfer, "");
  }
  if (transfer.count == 0) {
    env.transcript.add(number, EventKind::kEof);
    co_return std::string();
  }
  std::string bytes(into.data(), transfer.count);
  received(bytes);
  co_return bytes;
}

asio::awaitable<void> Peer::Impl::expect_nothing() {
  const auto self = shared_from_this();
  const std::string expected = fmt::format("{} receives nothing", name());
  co_await env.patience.settled();
  std::array<char, 256> bytes;
  const Transfer transfer = connection.receive(bytes);
  if (transfer.would_block()) {
    co_return;
  }
  if (transfer.error != 0 || transfer.count == 0) {
    co_await fail_at_end(fmt::format("{}'s connection stays open", name()), transfer, "");
  }
  received({bytes.data(), transfer.count});
  const std::span<const char> came(bytes.data(), transfer.count);
  throw Failure(expected, fmt::format("it received {}: {}", Counted(came.size(), "byte"),
                                      Pattern::locate(came) ? pattern.diagnose(received_bytes, came)
                                                            : Excerpt({came.data(), came.size()})));
}

asio::awaitable<void> Peer::Impl::expect_eof() {
  const auto self = shared_from_this();
  Patience::Wait wait = make_wait();
  const std::string expected = fmt::format("{} sees the end of the stream (FIN)", name());
  const auto into = Scratch().first(4096);
  const Transfer transfer = co_await receive_part(into, expected, "it did not come", wait);
  if (transfer.error != 0) {
    co_await fail_at_end(expected, transfer, "");
  }
  if (transfer.count > 0) {
    received({into.data(), transfer.count});
    throw Failure(expected, fmt::format("{} came instead: {}", Counted(transfer.count, "byte"),
                                        Excerpt({into.data(), transfer.count})));
  }
  env.transcript.add(number, EventKind::kEof);
}

asio::awaitable<void> Peer::Impl::expect_closed() {
  const auto self = shared_from_this();
  Patience::Wait wait = make_wait();
  const std::string expected = fmt::format("{}'s connection is ended by the server", name());
  for (;;) {
    co_await take_turns();
    const Transfer transfer = connection.receive(Scratch());
    if (transfer.would_block()) {
      if (!co_await connection.ready(Connection::Ready::kRead, wait)) {
        throw Failure(expected, "it is still open: " + stalled(wait));
      }
    } else if (transfer.error != 0 || transfer.count == 0) {
      env.transcript.add(number, EventKind::kEof);
      co_return;
    } else {
      // Not the end that is waited for: bytes without end are no end.
      env.patience.progress();
      env.transcript.add(number, EventKind::kReceive, transfer.count);
    }
  }
}

asio::awaitable<Peer> Peer::connect(PeerEnvironment env, std::string address, uint16_t port,
                                    int number, PeerOptions options) {
  const auto impl = std::make_shared<Impl>(env, number);
  const std::string expected =
      fmt::format("client {} connects to port {} of {}", number, port, address);
  Peer peer(impl);
  Patience::Wait wait = impl->make_wait();
  const int error = co_await impl->connection.connect(address, port, options, wait);
  if (error == -1) {
    throw Failure(expected, "the connection was not made: " + impl->stalled(wait));
  }
  if (error == ECONNREFUSED) {
    const std::string obituary = co_await env.patience.obituary();
    throw Failure(expected, "connection refused: nothing listens there" + obituary);
  }
  if (IsHarnessTrouble(error)) {
    throw HarnessError(fmt::format("client {} cannot connect: {}", number, std::strerror(error)));
  }
  if (error != 0) {
    throw Failure(expected, std::strerror(error));
  }
  wait.moved();
  env.transcript.add(number, EventKind::kConnect);
  co_return std::move(peer);
}

Peer::Peer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Peer::Peer(Peer&&) noexcept = default;

Peer& Peer::operator=(Peer&& other) noexcept {
  if (this != &other) {
    if (impl_) {
      impl_->connection.reset();
    }
    impl_ = std::move(other.impl_);
  }
  return *this;
}

Peer::~Peer() {
  if (!impl_) {
    return;
  }
  // Only once: what is left there and goes then is reset.
  std::vector<Peer>* const left_open = std::exchange(impl_->env.left_open, nullptr);
  if (left_open != nullptr && std::uncaught_exceptions() > 0) {
    left_open->push_back(Peer(std::move(impl_)));
  } else {
    impl_->connection.reset();
  }
}

int Peer::number() const { return impl_->number; }
const Pattern& Peer::pattern() const { return impl_->pattern; }
uint64_t Peer::pattern_sent() const { return impl_->sent; }
uint64_t Peer::pattern_received() const { return impl_->received_bytes; }

asio::awaitable<void> Peer::send(std::string bytes) { return impl_->send(std::move(bytes)); }
asio::awaitable<void> Peer::expect(std::string bytes) { return impl_->expect(std::move(bytes)); }

asio::awaitable<void> Peer::round_trip(std::string bytes) {
  const auto impl = impl_;
  co_await impl->send(bytes);
  co_await impl->expect(std::move(bytes));
}

asio::awaitable<void> Peer::send_pattern(uint64_t count) { return impl_->send_pattern(count); }
asio::awaitable<void> Peer::expect_pattern(uint64_t count) { return impl_->expect_pattern(count); }
asio::awaitable<void> Peer::exchange_pattern(uint64_t count) {
  return impl_->exchange_pattern(count);
}
asio::awaitable<uint64_t> Peer::fill(uint64_t most) { return impl_->fill(most); }
asio::awaitable<std::string> Peer::receive_some(size_t most) { return impl_->receive_some(most); }
asio::awaitable<void> Peer::expect_nothing() { return impl_->expect_nothing(); }
asio::awaitable<void> Peer::expect_eof() { return impl_->expect_eof(); }
asio::awaitable<void> Peer::expect_closed() { return impl_->expect_closed(); }

size_t Peer::send_now(std::string_view bytes) {
  const Transfer transfer = impl_->connection.send(bytes);
  if (transfer.error == 0) {
    impl_->env.transcript.add(impl_->number, EventKind::kSend, transfer.count,
                              Excerpt(bytes.substr(0, transfer.count), 24));
    impl_->env.patience.progress();
  }
  return transfer.count;
}

size_t Peer::send_pattern_now(uint64_t most) {
  const size_t taken = send_now(impl_->pattern.bytes(impl_->sent, static_cast<size_t>(most)));
  impl_->sent += taken;
  return taken;
}

Peer::Arrived Peer::receive_now() {
  constexpr int kMostReads = 16;  // a server may send faster than this reads
  Arrived arrived;
  for (int reads = 0; reads < kMostReads; ++reads) {
    const Transfer transfer = impl_->connection.receive(Scratch());
    if (transfer.would_block()) {
      break;
    }
    impl_->env.patience.progress();
    if (transfer.error != 0 || transfer.count == 0) {
      impl_->env.transcript.add(impl_->number, EventKind::kEof);
      arrived.ended = true;
      break;
    }
    impl_->received({Scratch().data(), transfer.count});
    arrived.bytes += transfer.count;
  }
  return arrived;
}

bool Peer::waited_in_vain() const { return impl_->in_vain; }

std::optional<bool> Peer::accepted() const {
  const std::optional<TcpSocket> other = is_open() ? FindOtherEnd(native_handle()) : std::nullopt;
  return other ? std::optional<bool>(other->inode != 0) : std::nullopt;
}

void Peer::half_close() {
  impl_->env.transcript.add(impl_->number, EventKind::kHalfClose);
  impl_->connection.half_close();
}

void Peer::close() {
  impl_->env.transcript.add(impl_->number, EventKind::kClose);
  impl_->connection.close();
}

void Peer::reset() {
  impl_->env.transcript.add(impl_->number, EventKind::kReset);
  impl_->connection.reset();
}

bool Peer::is_open() const { return impl_->connection.is_open(); }
int Peer::native_handle() const { return impl_->connection.native_handle(); }
uint16_t Peer::local_port() const { return impl_->connection.local_port(); }

}  // namespace eagain::driver
