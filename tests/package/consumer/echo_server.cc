#include "echo_server.h"

#include <netinet/in.h>
#include <sys/eventfd.h>

#include <cerrno>

using eagain::SysResult;
using eagain::UniqueFd;

namespace {

// How long nobody is accepted when there is no descriptor left.
constexpr int kPauseMs = 100;

bool TryAgain(int error) {
  return error == EAGAIN || error == EINTR || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

int EchoServer::run() {
  if (!listen()) {
    return 1;
  }
  while (!stopping_) {
    wait();
  }
  clients_.clear();
  listener_.reset();
  stopped_.reset();
  return 0;
}

void EchoServer::stop() {
  stopping_ = true;
  const uint64_t one = 1;
  static_cast<void>(sys_.write(stopped_.get(), &one, sizeof one).ok());
}

bool EchoServer::listen() {
  const SysResult<int> stopped = sys_.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (!stopped) {
    return false;
  }
  stopped_ = UniqueFd(sys_, *stopped);
  const SysResult<int> socket = sys_.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (!socket) {
    return false;
  }
  listener_ = UniqueFd(sys_, *socket);
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return sys_.setsockopt(*socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on).ok() &&
         sys_.bind(*socket, reinterpret_cast<sockaddr*>(&address), sizeof address).ok() &&
         sys_.listen(*socket, SOMAXCONN).ok();
}

void EchoServer::wait() {
  polled_.clear();
  polled_.push_back({stopped_.get(), POLLIN, 0});
  polled_.push_back({accepting_ ? listener_.get() : -1, POLLIN, 0});
  for (const auto& [fd, client] : clients_) {
    polled_.push_back({fd, static_cast<short>(client.owed() ? POLLOUT : POLLIN), 0});
  }
  const SysResult<int> ready =
      sys_.poll(polled_.data(), polled_.size(), accepting_ ? -1 : kPauseMs);
  accepting_ = true;
  if (!ready) {
    return;  // a signal, or no memory for a moment: what was ready will be so again
  }
  for (size_t i = 2; i < polled_.size(); ++i) {
    if (polled_[i].revents != 0 && !serve(clients_[polled_[i].fd])) {
      clients_.erase(polled_[i].fd);
    }
  }
  if (polled_[1].revents != 0) {
    accept();
  }
}

void EchoServer::accept() {
  const SysResult<int> fd =
      sys_.accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd) {
    clients_[*fd].fd = UniqueFd(sys_, *fd);
    return;
  }
  const int error = fd.error();
  accepting_ = error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM;
}

bool EchoServer::serve(Client& client) {
  return client.owed() ? send(client) : receive(client) && send(client);
}

bool EchoServer::receive(Client& client) {
  const SysResult<size_t> got =
      sys_.recv(client.fd.get(), client.bytes.data(), client.bytes.size(), 0);
  if (!got) {
    return TryAgain(got.error());
  }
  client.from = 0;
  client.to = *got;
  return *got > 0;
}

bool EchoServer::send(Client& client) {
  if (!client.owed()) {
    return true;
  }
  const SysResult<size_t> sent = sys_.send(client.fd.get(), client.bytes.data() + client.from,
                                           client.to - client.from, MSG_NOSIGNAL);
  if (!sent) {
    return TryAgain(sent.error());
  }
  client.from += *sent;
  return true;
}
