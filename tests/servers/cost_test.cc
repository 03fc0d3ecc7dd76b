// What serving costs, counted: system calls per round trip, allocations per message, bytes per
// client. Counts are exact, so they hold on any machine.

#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "eagain/fault/sys/forwarding_sys.h"
#include "eagain/servers/registry.h"
#include "eagain/sys/kernel_sys.h"
#include "running_server.h"
#include "strategy_names.h"

namespace {

// Of threads that are counted: the server's.
thread_local bool counted = false;
std::atomic<int64_t> allocations = 0;
std::atomic<int64_t> bytes_held = 0;

void* Counted(void* memory) {
  if (counted && memory != nullptr) {
    ++allocations;
    bytes_held += static_cast<int64_t>(malloc_usable_size(memory));
  }
  return memory;
}

// Not inlined, or GCC sees free() beside new and takes them for a mismatch.
[[gnu::noinline]] void Uncounted(void* memory) {
  if (counted && memory != nullptr) {
    bytes_held -= static_cast<int64_t>(malloc_usable_size(memory));
  }
  std::free(memory);
}

}  // namespace

void* operator new(size_t size) {
  void* memory = Counted(std::malloc(size));
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}
void* operator new[](size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { Uncounted(memory); }
void operator delete[](void* memory) noexcept { Uncounted(memory); }
void operator delete(void* memory, size_t) noexcept { Uncounted(memory); }
void operator delete[](void* memory, size_t) noexcept { Uncounted(memory); }

namespace eagain {
namespace {

// Counts the calls, and can hold the server up before it waits, so that what comes meanwhile comes
// all at once.
class CountingSys final : public fault::ForwardingSys {
 public:
  using ForwardingSys::ForwardingSys;

  void hold_up() {
    const std::lock_guard lock(mutex_);
    held_up_ = true;
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    held_up_ = false;
    changed_.notify_all();
  }
  void wait_until_held_up() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30), [this] { return stands_; }));
  }
  void before_wait() {
    ++calls;
    std::unique_lock lock(mutex_);
    stands_ = held_up_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_up_; });
    stands_ = false;
  }
  SysResult<size_t> recv(int fd, void* buf, size_t len, int flags) override {
    ++calls;
    return below().recv(fd, buf, len, flags);
  }
  SysResult<size_t> send(int fd, const void* buf, size_t len, int flags) override {
    ++calls;
    return below().send(fd, buf, len, flags);
  }
  SysResult<int> accept4(int fd, sockaddr* addr, socklen_t* addrlen, int flags) override {
    ++calls;
    return below().accept4(fd, addr, addrlen, flags);
  }
  SysResult<int> select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                        timeval* timeout) override {
    before_wait();
    return below().select(nfds, readfds, writefds, exceptfds, timeout);
  }
  SysResult<int> poll(pollfd* fds, nfds_t nfds, int timeout_ms) override {
    before_wait();
    return below().poll(fds, nfds, timeout_ms);
  }
  SysResult<int> epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout_ms) override {
    before_wait();
    return below().epoll_wait(epfd, events, maxevents, timeout_ms);
  }
  SysResult<void> epoll_ctl(int epfd, int op, int fd, epoll_event* event) override {
    ++calls;
    return below().epoll_ctl(epfd, op, fd, event);
  }
  SysResult<void> clock_gettime(clockid_t clock, timespec* now) override {
    ++calls;
    return below().clock_gettime(clock, now);
  }
  SysResult<uint64_t> spawn(size_t stack_bytes, std::function<void()> body) override {
    return below().spawn(stack_bytes, [body = std::move(body)] {
      counted = true;
      body();
    });
  }
  SysResult<std::unique_ptr<Ring>> io_uring_setup(unsigned entries) override;

  std::atomic<int64_t> calls = 0;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_up_ = false;
  bool stands_ = false;
};

class CountingRing final : public Ring {
 public:
  CountingRing(CountingSys& sys, std::unique_ptr<Ring> below)
      : sys_(sys), below_(std::move(below)) {}

  SysResult<void> provide_buffers(unsigned count, size_t bytes) override {
    return below_->provide_buffers(count, bytes);
  }
  std::span<char> buffer(int number) override { return below_->buffer(number); }
  void give_back(int number) override { below_->give_back(number); }
  SysResult<void> prepare(const Submission& submission) override {
    return below_->prepare(submission);
  }
  SysResult<void> submit(int timeout_ms) override {
    sys_.before_wait();
    return below_->submit(timeout_ms);
  }
  bool all_handed_over() const override { return below_->all_handed_over(); }
  bool next(Completion& completion) override { return below_->next(completion); }

 private:
  CountingSys& sys_;
  std::unique_ptr<Ring> below_;
};

SysResult<std::unique_ptr<Ring>> CountingSys::io_uring_setup(unsigned entries) {
  SysResult<std::unique_ptr<Ring>> ring = below().io_uring_setup(entries);
  return ring ? Ok(std::unique_ptr<Ring>(std::make_unique<CountingRing>(*this, ring.take())))
              : std::move(ring);
}

// So that what is counted is one thread's.
ServerOptions OneLoop() {
  ServerOptions options;
  options.loops = 1;
  return options;
}

class CountedServer {
 public:
  explicit CountedServer(std::string_view strategy)
      : stop_(kernel_), server_(FindStrategy(strategy)->make(sys, OneLoop())) {
    thread_ = std::thread([this] {
      counted = true;
      server_->run(stop_);
    });
  }
  ~CountedServer() {
    stop_.request();
    thread_.join();
  }
  uint16_t port() const { return server_->port(); }

 private:
  KernelSys kernel_;

 public:
  CountingSys sys{kernel_};

 private:
  Stop stop_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

struct Cost {
  std::string_view strategy;
  double one;    // calls per round trip with one client
  double fifty;  // at most, with 50 whose messages come at once; 0: the strategy has no such thing
  int64_t untouched;  // bytes held for a client that has said nothing, at most
};
void PrintTo(const Cost& cost, std::ostream* os) { *os << cost.strategy; }

class CostTest : public testing::TestWithParam<Cost> {};

TEST_P(CostTest, CallsAndAllocationsPerRoundTripOfOneClient) {
  constexpr int kRounds = 500;
  CountedServer server(GetParam().strategy);
  Client client(server.port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(client.echo("warm up"), "warm up");
  }
  const int64_t allocated = allocations;
  const int64_t before = server.sys.calls;
  for (int i = 0; i < kRounds; ++i) {
    ASSERT_EQ(client.echo("hello"), "hello");
  }
  // When the last answer is here, the call that comes after it may have begun or not.
  EXPECT_NEAR(static_cast<double>(server.sys.calls - before), GetParam().one * kRounds, 1.0);
  EXPECT_EQ(allocations, allocated);
}

TEST_P(CostTest, CallsPerRoundTripOfFiftyClientsThatSpeakAtOnce) {
  if (GetParam().fifty == 0) {
    GTEST_SKIP() << "a thread waits for one client";
  }
  constexpr int kClients = 50;
  constexpr int kRounds = 20;
  CountedServer server(GetParam().strategy);
  std::vector<Client> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back(server.port());
    ASSERT_EQ(clients.back().echo("warm up"), "warm up");
  }
  Client waker(server.port());
  const auto all_speak = [&] {
    server.sys.hold_up();
    waker.send("out of the wait");
    server.sys.wait_until_held_up();
    for (Client& client : clients) {
      client.send("hello");
    }
    for (Client& client : clients) {
      client.wait_until_delivered();
    }
    server.sys.let_go();
    ASSERT_EQ(waker.receive(15), "out of the wait");
    for (Client& client : clients) {
      ASSERT_EQ(client.receive(5), "hello");
    }
  };
  all_speak();
  const int64_t before = server.sys.calls;
  const int64_t allocated = allocations;
  for (int round = 0; round < kRounds; ++round) {
    all_speak();
  }
  const double each = static_cast<double>(server.sys.calls - before) / (kClients * kRounds);
  EXPECT_LE(each, GetParam().fifty);
  RecordProperty("calls_per_round_trip", std::to_string(each));
  // A list may grow once more, by doubling; nothing is allocated in each turn, nor for each message.
  EXPECT_LT(allocations - allocated, kRounds);
}

TEST_P(CostTest, BytesPerIdleClient) {
  if (GetParam().untouched == 0) {
    GTEST_SKIP() << "a thread's stack is measured elsewhere";
  }
  constexpr int kClients = 400;  // and as many ends of the server's: below 1,024 in all
  CountedServer server(GetParam().strategy);
  std::vector<Client> clients;
  clients.reserve(kClients);
  clients.emplace_back(server.port());
  ASSERT_EQ(clients.back().echo("here"), "here");
  const int64_t before = bytes_held;
  while (clients.size() < kClients) {
    clients.emplace_back(server.port());
  }
  // The last one that came is served, so all are in.
  ASSERT_EQ(clients.back().echo("here"), "here");
  EXPECT_LE((bytes_held - before) / (kClients - 1), GetParam().untouched);
  for (Client& client : clients) {
    ASSERT_EQ(client.echo("hello"), "hello");
  }
  EXPECT_LE((bytes_held - before) / (kClients - 1), 2 * GetParam().untouched);
}

// Whether a multishot receive can be limited (Linux 6.17).
bool LimitsMultishot() {
  KernelSys sys;
  const SysResult<std::unique_ptr<Ring>> ring = sys.io_uring_setup(4);
  Completion completion;
  return ring &&
         (*ring)->prepare(
             {.op = Submission::Op::kReceiveProvided, .length = 1, .multishot = true}) &&
         (*ring)->submit(-1) && (*ring)->next(completion) && completion.error() == EBADF;
}

// Readiness: wait, receive, send, and with 50 at once one wait for all; interest changes only when
// a client does not read. Blocking: receive, send. Completions: one call that sends and waits, where
// a receive goes on; else one for each.
INSTANTIATE_TEST_SUITE_P(
    Strategies, CostTest,
    testing::Values(Cost{"select", 3.0, 2.5, 128}, Cost{"poll", 3.0, 2.5, 128},
                    Cost{"epoll", 3.0, 2.5, 128}, Cost{"epoll-et", 3.0, 2.5, 128},
                    Cost{"reactors", 3.0, 2.5, 128}, Cost{"blocking", 2.0, 0, 0},
                    Cost{"threads", 2.0, 0, 0},
                    Cost{"io_uring", LimitsMultishot() ? 1.0 : 2.0, 1.1, 1024}),
    [](const auto& test) { return TestNameOf(*FindStrategy(test.param.strategy)); });

}  // namespace
}  // namespace eagain
