#include "eagain/driver/peer.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

#include "eagain/driver/conversation.h"
#include "eagain/driver/failure.h"
#include "eagain/driver/sock_diag.h"

namespace eagain::driver {

asio::awaitable<Peer> Peer::connect(PeerEnvironment env, std::string address, uint16_t port,
                                    int number, PeerOptions options) {
  const auto conversation = std::make_shared<Conversation>(env, number);
  const std::string expected =
      fmt::format("client {} connects to port {} of {}", number, port, address);
  Peer peer(conversation);
  Patience::Wait wait = conversation->make_wait();
  const int error = co_await conversation->connection.connect(address, port, options, wait);
  if (error == -1) {
    throw Failure(expected, "the connection was not made: " + conversation->stalled(wait));
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

Peer::Peer(std::shared_ptr<Conversation> conversation) : conversation_(std::move(conversation)) {}
Peer::Peer(Peer&&) noexcept = default;

Peer& Peer::operator=(Peer&& other) noexcept {
  if (this != &other) {
    if (conversation_) {
      conversation_->connection.reset();
    }
    conversation_ = std::move(other.conversation_);
  }
  return *this;
}

Peer::~Peer() {
  if (!conversation_) {
    return;
  }
  // Only once: what is left there and goes then is reset.
  std::vector<Peer>* const left_open = std::exchange(conversation_->env.left_open, nullptr);
  if (left_open != nullptr && std::uncaught_exceptions() > 0) {
    left_open->push_back(Peer(std::move(conversation_)));
  } else {
    conversation_->connection.reset();
  }
}

int Peer::number() const { return conversation_->number; }
const Pattern& Peer::pattern() const { return conversation_->pattern; }
uint64_t Peer::pattern_sent() const { return conversation_->sent; }
uint64_t Peer::pattern_received() const { return conversation_->received_bytes; }

asio::awaitable<void> Peer::send(std::string bytes) {
  return conversation_->send(std::move(bytes));
}
asio::awaitable<void> Peer::expect(std::string bytes) {
  return conversation_->expect(std::move(bytes));
}

asio::awaitable<void> Peer::round_trip(std::string bytes) {
  const auto conversation = conversation_;
  co_await conversation->send(bytes);
  co_await conversation->expect(std::move(bytes));
}

asio::awaitable<void> Peer::send_pattern(uint64_t count) {
  return conversation_->send_pattern(count);
}
asio::awaitable<void> Peer::expect_pattern(uint64_t count) {
  return conversation_->expect_pattern(count);
}
asio::awaitable<void> Peer::exchange_pattern(uint64_t count) {
  return conversation_->exchange_pattern(count);
}
asio::awaitable<uint64_t> Peer::fill(uint64_t most) { return conversation_->fill(most); }
asio::awaitable<std::string> Peer::receive_some(size_t most) {
  return conversation_->receive_some(most);
}
asio::awaitable<void> Peer::expect_nothing() { return conversation_->expect_nothing(); }
asio::awaitable<void> Peer::expect_eof() { return conversation_->expect_eof(); }
asio::awaitable<void> Peer::expect_closed() { return conversation_->expect_closed(); }

size_t Peer::send_now(std::string_view bytes) { return conversation_->send_now(bytes); }
size_t Peer::send_pattern_now(uint64_t most) { return conversation_->send_pattern_now(most); }
Peer::Arrived Peer::receive_now() { return conversation_->receive_now(); }

bool Peer::waited_in_vain() const { return conversation_->in_vain; }

std::optional<bool> Peer::accepted() const {
  const std::optional<TcpSocket> other = is_open() ? FindOtherEnd(native_handle()) : std::nullopt;
  return other ? std::optional<bool>(other->inode != 0) : std::nullopt;
}

void Peer::half_close() {
  conversation_->env.transcript.add(conversation_->number, EventKind::kHalfClose);
  conversation_->connection.half_close();
}

void Peer::close() {
  conversation_->env.transcript.add(conversation_->number, EventKind::kClose);
  conversation_->connection.close();
}

void Peer::reset() {
  conversation_->env.transcript.add(conversation_->number, EventKind::kReset);
  conversation_->connection.reset();
}

bool Peer::is_open() const { return conversation_->connection.is_open(); }
int Peer::native_handle() const { return conversation_->connection.native_handle(); }
uint16_t Peer::local_port() const { return conversation_->connection.local_port(); }

}  // namespace eagain::driver
