// A server's side under a fault plan and its clients' side without one, over real loopback sockets.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>

#include <string>

#include "eagain/fault/plan/parser.h"
#include "eagain/fault/sys/fault_sys.h"
#include "eagain/support/sys_matchers.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/unique_fd.h"

namespace eagain::fault {

// Waits until the kernel reports any of `events`; what is awaited is on its way, so the bound is never met.
inline short Await(int fd, short events) {
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  return ::poll(&entry, 1, 20'000) == 1 ? entry.revents : short{0};
}

class LoopbackTest : public testing::Test {
 protected:
  // Listens under `plan`, on a non-blocking listener unless `type` says otherwise.
  FaultSys& serve(const std::string& plan, FaultSys::Options options = {},
                  int type = SOCK_STREAM | SOCK_NONBLOCK) {
    const ParsedPlan parsed = ParsePlan(plan, {.hostile = true});
    EXPECT_TRUE(parsed.ok()) << parsed.error_text();
    sys_ = std::make_unique<FaultSys>(kernel_, parsed.plan, std::move(options));
    listener_ = UniqueFd(kernel_, *sys_->socket(AF_INET, type, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_THAT(sys_->bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size),
                SysSucceeds());
    EXPECT_THAT(sys_->listen(listener_.get(), 16), SysSucceeds());
    EXPECT_THAT(sys_->getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size),
                SysSucceeds());
    address_ = address;
    return *sys_;
  }

  // A client that has connected, and whose connection is pending.
  UniqueFd connect() {
    UniqueFd client(kernel_, *kernel_.socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_THAT(
        kernel_.connect(client.get(), reinterpret_cast<sockaddr*>(&address_), sizeof address_),
        SysSucceeds());
    EXPECT_NE(Await(listener_.get(), POLLIN), 0);
    return client;
  }

  SysResult<int> accept(int flags = SOCK_NONBLOCK) {
    return sys_->accept4(listener_.get(), nullptr, nullptr, flags);
  }

  struct Pair {
    UniqueFd server;
    UniqueFd client;
  };
  // A connection that the server has accepted.
  Pair connected(int flags = SOCK_NONBLOCK) {
    UniqueFd client = connect();
    const SysResult<int> server = accept(flags);
    EXPECT_THAT(server, SysSucceeds());
    return {UniqueFd(kernel_, server.ok() ? *server : -1), std::move(client)};
  }

  // The client says `text`, and it has arrived.
  void say(const Pair& pair, const std::string& text) {
    EXPECT_THAT(kernel_.send(pair.client.get(), text.data(), text.size(), 0),
                SysSucceedsWith(text.size()));
    EXPECT_NE(Await(pair.server.get(), POLLIN), 0);
  }

  // What the server receives in one call.
  std::string receive(int fd) {
    std::string text(64, '\0');
    const SysResult<size_t> got = sys_->recv(fd, text.data(), text.size(), 0);
    return got.ok() ? text.substr(0, *got) : ErrnoName(got.error());
  }

  KernelSys kernel_;
  std::unique_ptr<FaultSys> sys_;
  UniqueFd listener_;
  sockaddr_in address_{};
};

}  // namespace eagain::fault
