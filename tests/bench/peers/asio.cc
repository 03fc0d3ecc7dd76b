// An echo server on Boost.Asio, as its documentation's asynchronous TCP echo server is: a session that
// keeps itself alive, with a buffer of its own, reading and writing in turn. The buffer is as large as
// the others' here.
//
//   asio PORT
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <memory>
#include <utility>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : socket_(std::move(socket)) {}

  void read() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](error_code error, size_t count) {
                              if (!error) {
                                self->write(count);
                              }
                            });
  }

 private:
  void write(size_t count) {
    asio::async_write(socket_, asio::buffer(buffer_, count),
                      [self = shared_from_this()](error_code error, size_t) {
                        if (!error) {
                          self->read();
                        }
                      });
  }

  tcp::socket socket_;
  std::array<char, size_t{64} * 1024> buffer_;  // not cleared: what is not used is no memory
};

void Accept(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](error_code error, tcp::socket client) {
    if (!error) {
      client.set_option(tcp::no_delay(true), error);
      std::shared_ptr<Session>(new Session(std::move(client)))->read();
    }
    Accept(acceptor);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  asio::io_context io(1);  // one thread: no locks
  const tcp::endpoint address(asio::ip::address_v4::loopback(),
                              static_cast<unsigned short>(std::atoi(argv[1])));
  tcp::acceptor acceptor(io, address);
  acceptor.listen(4096);
  Accept(acceptor);
  io.run();
}
