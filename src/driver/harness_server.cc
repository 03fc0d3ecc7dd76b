#include "eagain/driver/harness_server.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <utility>
#include <vector>

#include "eagain/driver/failure.h"
#include "eagain/driver/server_process.h"
#include "eagain/driver/sock_diag.h"
#include "eagain/driver/wording.h"

namespace eagain::driver {

using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

// One connection of the client.
struct Served {
  Served(tcp::socket accepted, int lane) : socket(std::move(accepted)), number(lane) {}
  tcp::socket socket;
  int number;
  std::array<char, 65536> buffer{};
  std::string to_send;   // from `sent` on
  size_t sent = 0;       // of to_send
  size_t echoed = 0;     // since the last step about it
  bool sending = false;  // a handler waits
  bool read_all = false;
};

tcp::acceptor Bound(asio::io_context& io, uint16_t port) {
  try {
    tcp::acceptor acceptor(io, tcp::v4());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind({asio::ip::make_address(std::string(kClientsHost)), port});
    return acceptor;
  } catch (const boost::system::system_error& error) {
    throw HarnessError(
        fmt::format("port {} cannot be had for the client's server: {}", port, error.what()));
  }
}

}  // namespace

struct HarnessServer::State : std::enable_shared_from_this<State> {
  State(asio::io_context& io, Patience& patience_in, Transcript& transcript_in, uint16_t port_in)
      : patience(patience_in), transcript(transcript_in), acceptor(Bound(io, port_in)) {
    acceptor.listen();
    port = acceptor.local_endpoint().port();
  }

  void accept();
  void read(const std::shared_ptr<Served>& client);
  void take(const std::shared_ptr<Served>& client, std::string_view bytes);
  void read_to_the_end(const std::shared_ptr<Served>& client, error_code how);
  void queue(const std::shared_ptr<Served>& client, std::string_view bytes);
  void send(const std::shared_ptr<Served>& client);
  void finish(Served& client);
  void close_all();

  Patience& patience;
  Transcript& transcript;
  tcp::acceptor acceptor;
  uint16_t port = 0;
  std::vector<std::shared_ptr<Served>> clients;
  std::string received;
  bool holding = false;
  std::string held;  // of the newest connection
};

void HarnessServer::State::accept() {
  acceptor.async_accept([self = shared_from_this()](error_code error, tcp::socket socket) {
    if (error) {
      return;
    }
    socket.set_option(tcp::no_delay(true), error);
    const int number = static_cast<int>(self->clients.size()) + 1;
    self->clients.push_back(std::make_shared<Served>(std::move(socket), number));
    self->transcript.add(number, EventKind::kConnect);
    self->patience.progress();
    self->read(self->clients.back());
    self->accept();
  });
}

void HarnessServer::State::read(const std::shared_ptr<Served>& client) {
  client->socket.async_read_some(asio::buffer(client->buffer), [self = shared_from_this(), client](
                                                                   error_code error, size_t count) {
    if (error == asio::error::operation_aborted) {
      return;
    }
    self->patience.progress();
    if (error) {
      self->read_to_the_end(client, error);
      return;
    }
    self->take(client, {client->buffer.data(), count});
    self->read(client);
  });
}

void HarnessServer::State::take(const std::shared_ptr<Served>& client, std::string_view bytes) {
  transcript.add(client->number, EventKind::kSend, bytes.size(), Excerpt(bytes, 40));
  received += bytes;
  if (holding) {
    held += bytes;
  } else {
    queue(client, bytes);
  }
}

void HarnessServer::State::read_to_the_end(const std::shared_ptr<Served>& client, error_code how) {
  client->read_all = true;
  if (how != asio::error::eof) {
    transcript.add(client->number, EventKind::kReset);
    client->socket.close(how);
    return;
  }
  transcript.add(client->number, EventKind::kHalfClose);
  finish(*client);
}

void HarnessServer::State::queue(const std::shared_ptr<Served>& client, std::string_view bytes) {
  client->to_send += bytes;
  if (!client->sending && client->socket.is_open()) {
    client->sending = true;
    send(client);
  }
}

void HarnessServer::State::send(const std::shared_ptr<Served>& client) {
  client->socket.async_write_some(
      asio::buffer(client->to_send.data() + client->sent, client->to_send.size() - client->sent),
      [self = shared_from_this(), client](error_code error, size_t count) {
        if (error) {
          client->sending = false;
          return;
        }
        self->patience.progress();
        client->sent += count;
        client->echoed += count;
        if (client->sent < client->to_send.size()) {
          self->send(client);
          return;
        }
        client->sending = false;
        client->to_send.clear();
        client->sent = 0;
        self->transcript.add(
            0, EventKind::kServer, 0,
            fmt::format("the server echoes {}", Counted(std::exchange(client->echoed, 0), "byte")));
        self->finish(*client);
      });
}

// The echo before the end, as the client's FIN asks for.
void HarnessServer::State::finish(Served& client) {
  if (client.read_all && !client.sending && held.empty()) {
    error_code ignored;
    client.socket.close(ignored);
  }
}

void HarnessServer::State::close_all() {
  error_code ignored;
  acceptor.close(ignored);
  for (const auto& client : clients) {
    client->socket.close(ignored);
  }
}

HarnessServer::HarnessServer(asio::io_context& io, Patience& patience, Transcript& transcript,
                             uint16_t port)
    : state_(std::make_shared<State>(io, patience, transcript, port)) {
  state_->accept();
}

HarnessServer::~HarnessServer() { state_->close_all(); }

uint16_t HarnessServer::port() const { return state_->port; }
int HarnessServer::connections() const { return static_cast<int>(state_->clients.size()); }
const std::string& HarnessServer::received() const { return state_->received; }
const std::string& HarnessServer::held() const { return state_->held; }
void HarnessServer::hold() { state_->holding = true; }

void HarnessServer::release() {
  state_->holding = false;
  echo(state_->held.size());
}

void HarnessServer::echo(size_t count) {
  if (state_->clients.empty()) {
    return;
  }
  const std::string bytes = state_->held.substr(0, count);
  state_->held.erase(0, count);
  const auto& client = state_->clients.back();
  if (bytes.empty()) {
    state_->finish(*client);
  } else {
    state_->queue(client, bytes);
  }
}

size_t HarnessServer::unread() const {
  size_t bytes = 0;
  for (const auto& client : state_->clients) {
    if (client->socket.is_open()) {
      const auto other_end = FindOtherEnd(client->socket.native_handle());
      bytes += client->to_send.size() - client->sent + (other_end ? other_end->rx_queue : 0);
    }
  }
  return bytes;
}

void HarnessServer::leave() {
  state_->close_all();
  state_->transcript.add(0, EventKind::kServer, 0, "the server closes the connection and is gone");
}

struct RefusingPort::State {
  tcp::acceptor bound;  // and never listening: connect(2) is answered with a reset
};

RefusingPort::RefusingPort(asio::io_context& io, uint16_t port)
    : state_(std::make_unique<State>(State{Bound(io, port)})) {}
RefusingPort::~RefusingPort() = default;
uint16_t RefusingPort::port() const { return state_->bound.local_endpoint().port(); }

}  // namespace eagain::driver
