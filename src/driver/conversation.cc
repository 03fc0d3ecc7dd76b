#include "eagain/driver/conversation.h"

#include <algorithm>
#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

#include "eagain/driver/failure.h"
#include "eagain/driver/wording.h"

namespace eagain::driver {

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

std::string NothingAfter(uint64_t done, std::string_view bytes) {
  return NothingAfter(done, bytes.size()) +
         (bytes[done] == '\0' ? " (due next is a NUL, the end of a string in C)" : "");
}

}  // namespace

Patience::Wait Conversation::make_wait() {
  return {env.patience, [this] { connection.interrupt(); },
          [this] { return connection.in_transit(); }};
}

// What never waits would leave no turn to anybody else.
asio::awaitable<void> Conversation::take_turns() {
  constexpr int kMost = 32;
  if (++without_waiting >= kMost) {
    without_waiting = 0;
    co_await asio::post(env.io, asio::use_awaitable);
  }
}

void Conversation::received(std::string_view bytes) {
  env.transcript.add(number, EventKind::kReceive, bytes.size(), Excerpt(bytes, 24));
}

std::string Conversation::stalled(const Patience::Wait& wait) {
  in_vain = true;
  env.transcript.add(number, EventKind::kStall, 0, wait.why());
  return wait.why();
}

asio::awaitable<void> Conversation::fail_to_send(int error, uint64_t done, uint64_t total) {
  // EPIPE is what the second send to a dead connection meets.
  const Transfer transfer{0, error == EPIPE ? ECONNRESET : error};
  std::string expected =
      fmt::format("the server takes what {} sends ({})", name(), Counted(total, "byte"));
  co_await fail_at_end(
      std::move(expected), transfer,
      fmt::format(" after {} of {} bytes were sent", Grouped(done), Grouped(total)));
}

asio::awaitable<void> Conversation::fail_at_end(std::string expected, Transfer transfer,
                                                std::string after) {
  if (transfer.error == 0) {
    env.transcript.add(number, EventKind::kEof);
  }
  const std::string obituary = co_await env.patience.obituary();
  throw Failure(std::move(expected), HowItEnded(transfer) + after + obituary);
}

asio::awaitable<void> Conversation::send_part(std::string_view bytes, uint64_t done, uint64_t total,
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

asio::awaitable<Transfer> Conversation::receive_part(std::span<char> into, std::string expected,
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

asio::awaitable<void> Conversation::send(std::string bytes) {
  const auto self = shared_from_this();
  Patience::Wait wait = make_wait();
  co_await send_part(bytes, 0, bytes.size(), wait);
}

asio::awaitable<void> Conversation::expect(std::string bytes) {
  const auto self = shared_from_this();
  Patience::Wait wait = make_wait();
  const auto expected = [&] {
    return fmt::format("{} receives {}: {}", name(), Counted(bytes.size(), "byte"), Excerpt(bytes));
  };
  size_t done = 0;
  while (done < bytes.size()) {
    const auto into = Scratch().first(std::min(kReceiveSize, bytes.size() - done));
    const Transfer transfer =
        co_await receive_part(into, expected(), NothingAfter(done, bytes), wait);
    if (transfer.error != 0 || transfer.count == 0) {
      co_await fail_at_end(expected(), transfer, After(done, bytes.size()));
    }
    const auto came = into.first(transfer.count);
    received({came.data(), came.size()});
    if (std::memcmp(came.data(), bytes.data() + done, came.size()) != 0) {
      const std::span<const char> due(bytes);
      const std::string whole = bytes.substr(0, done) + std::string(came.data(), came.size());
      throw Failure(expected(), fmt::format("{} came, but not what was sent: {}\n{}",
                                            Counted(whole.size(), "byte"), Excerpt(whole),
                                            HexWindow(due.first(whole.size()), whole)));
    }
    done += transfer.count;
  }
}

asio::awaitable<void> Conversation::send_pattern(uint64_t count) {
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

asio::awaitable<void> Conversation::expect_pattern(uint64_t count) {
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

asio::awaitable<void> Conversation::exchange_pattern(uint64_t count) {
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

asio::awaitable<uint64_t> Conversation::fill(uint64_t most) {
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

asio::awaitable<std::string> Conversation::receive_some(size_t most) {
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

asio::awaitable<void> Conversation::expect_nothing() {
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

asio::awaitable<void> Conversation::expect_eof() {
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

asio::awaitable<void> Conversation::expect_closed() {
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

size_t Conversation::send_now(std::string_view bytes) {
  const Transfer transfer = connection.send(bytes);
  if (transfer.error == 0) {
    env.transcript.add(number, EventKind::kSend, transfer.count,
                       Excerpt(bytes.substr(0, transfer.count), 24));
    env.patience.progress();
  }
  return transfer.count;
}

size_t Conversation::send_pattern_now(uint64_t most) {
  const size_t taken = send_now(pattern.bytes(sent, static_cast<size_t>(most)));
  sent += taken;
  return taken;
}

Peer::Arrived Conversation::receive_now() {
  constexpr int kMostReads = 16;  // a server may send faster than this reads
  Peer::Arrived arrived;
  for (int reads = 0; reads < kMostReads; ++reads) {
    const Transfer transfer = connection.receive(Scratch());
    if (transfer.would_block()) {
      break;
    }
    env.patience.progress();
    if (transfer.error != 0 || transfer.count == 0) {
      env.transcript.add(number, EventKind::kEof);
      arrived.ended = true;
      break;
    }
    received({Scratch().data(), transfer.count});
    arrived.bytes += transfer.count;
  }
  return arrived;
}

}  // namespace eagain::driver
