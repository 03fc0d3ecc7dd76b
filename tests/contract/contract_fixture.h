// What Sys promises, stated once and run on every kernel: each test of this folder takes a kernel
// as its parameter and knows nothing of which one it got.
//
// A real kernel delivers when it likes, so the tests never assume that something sent has arrived:
// they wait for it (`becomes`, `arrived`) with a generous bound, and only then look.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/support/sys_matchers.h"
#include "eagain/sys/sys.h"
#include "eagain/sys/unique_fd.h"

namespace eagain {

// A Sys, and what a test needs to set around it.
class ContractKernel {
 public:
  virtual ~ContractKernel() = default;
  virtual Sys& sys() = 0;
  // RLIMIT_NOFILE for the rest of the test.
  virtual void limit_descriptors(int limit) = 0;
  // Runs `work` beside the caller: a thread, or a fiber. It has ended when join() returns.
  virtual void beside(std::function<void()> work) = 0;
  virtual void join() = 0;
  // Gives what runs beside the caller time to come to wait in its call. It may still be on its way
  // there: a test must hold either way, this only makes the interesting order the usual one.
  virtual void until_beside_waits() = 0;
};

struct KernelUnderTest {
  const char* name;
  std::unique_ptr<ContractKernel> (*make)();
};
void PrintTo(const KernelUnderTest& kernel, std::ostream* os);

// The kernels on which the contract must hold.
std::vector<KernelUnderTest> KernelsUnderTest();
std::string KernelName(const testing::TestParamInfo<KernelUnderTest>& info);

// An event as the tests write it: {what was registered as data, what happened}.
struct Event {
  int data;
  uint32_t events;
  bool operator==(const Event&) const = default;
};
void PrintTo(const Event& event, std::ostream* os);
// "IN|RDHUP"
std::string EventNames(uint32_t events);

struct Pair {
  UniqueFd client;
  UniqueFd server;
};

class ContractTest : public testing::TestWithParam<KernelUnderTest> {
 protected:
  ContractTest() : kernel_(GetParam().make()), sys(kernel_->sys()) {}
  ~ContractTest() override { kernel_->join(); }

  std::unique_ptr<ContractKernel> kernel_;  // declared before sys: it owns it
  Sys& sys;

  UniqueFd own(SysResult<int> made);
  // A non-blocking listener on a free port of 127.0.0.1, unless said otherwise.
  UniqueFd listening(int backlog = 16, int flags = SOCK_NONBLOCK);
  uint16_t port_of(const UniqueFd& fd);
  sockaddr_in loopback(uint16_t port);
  SysResult<void> connect_to(int fd, uint16_t port);
  // A connected client, non-blocking.
  UniqueFd connected(uint16_t port);
  // Both ends of a connection, both non-blocking; with `small_buffers` a few KB fill it.
  Pair pair(bool small_buffers = false);

  // Without waiting: what poll says of `fd` now (of everything pollable, not only what was asked).
  uint32_t mask(const UniqueFd& fd);
  // Waits until all of `events` are there.
  [[nodiscard]] bool becomes(const UniqueFd& fd, uint32_t events);
  // Waits until none of `events` is there.
  [[nodiscard]] bool ceases(const UniqueFd& fd, uint32_t events);
  // Waits until `count` bytes can be read.
  [[nodiscard]] bool arrived(const UniqueFd& fd, size_t count);

  SysResult<size_t> send(const UniqueFd& fd, std::string_view bytes);
  SysResult<size_t> recv(const UniqueFd& fd, size_t len = 65536);
  // What recv put there last.
  std::string received() const { return received_; }
  // Sends until EAGAIN for good (what is under way may make room again); the count of bytes taken.
  size_t fill(const UniqueFd& from, const UniqueFd& to);
  // Receives `count` bytes in all, waiting for them.
  [[nodiscard]] bool drain(const UniqueFd& fd, size_t count);
  // A connection whose other end sends a reset.
  void reset(UniqueFd& fd);

  UniqueFd epoll() { return own(sys.epoll_create1(EPOLL_CLOEXEC)); }
  SysResult<void> ctl(const UniqueFd& ep, int op, int fd, uint32_t events, int data);
  void add(const UniqueFd& ep, const UniqueFd& fd, uint32_t events, int data);
  // What epoll_wait gives: at once (0), or waiting for it.
  std::vector<Event> events_now(const UniqueFd& ep, int max = 16) { return events(ep, max, 0); }
  std::vector<Event> events_soon(const UniqueFd& ep, int max = 16) {
    return events(ep, max, kPatienceMs);
  }

  static constexpr int kPatienceMs = 10'000;

 private:
  std::vector<Event> events(const UniqueFd& ep, int max, int timeout_ms);
  std::string received_;
};

constexpr uint32_t kEverything = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLERR | EPOLLHUP;

#define EAGAIN_CONTRACT(suite) \
  INSTANTIATE_TEST_SUITE_P(Contract, suite, testing::ValuesIn(KernelsUnderTest()), KernelName)

}  // namespace eagain
