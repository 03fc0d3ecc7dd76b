// Every production server under every legal plan of fixtures/plans: clients lose nothing but the connections
// that a fault really ended, and the server goes on serving and stops when asked.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "eagain/fault/plan/parser.h"
#include "eagain/fault/sys/fault_sys.h"
#include "eagain/servers/registry.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/sys_error.h"

namespace eagain {

void PrintTo(const Strategy& strategy, std::ostream* os) { *os << strategy.name; }

}  // namespace eagain

namespace eagain::fault {
namespace {

constexpr int kRounds = 3;
constexpr int kClientsAtOnce = 3;

SignalHandlers Interrupting() { return {.any = true, .interruptible = true}; }

class ServerUnderPlan {
 public:
  ServerUnderPlan(const Strategy& strategy, Plan plan)
      : stop_(kernel_), sys_(kernel_, std::move(plan), {.run = {}, .handlers = Interrupting}) {
    server_ = strategy.make(sys_, {});
    thread_ = std::thread([this] { server_->run(stop_); });
  }
  ~ServerUnderPlan() {
    stop_.request();
    thread_.join();
  }

  uint16_t port() const { return server_->port(); }
  const PlanRun& run() const { return sys_.run(); }

 private:
  KernelSys kernel_;
  Stop stop_;  // on the kernel itself: it is asked from signal handlers and other threads
  FaultSys sys_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

bool SendAll(int fd, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) {
      return false;
    }
    sent += static_cast<size_t>(n);
  }
  return true;
}

// What a client came to.
enum class End {
  kServed,   // every byte came back, then the end of the stream
  kLost,     // the connection ended too soon
  kWronged,  // wrong bytes, or no answer in half a minute
};

End Converse(int fd, int number) {
  for (int round = 0; round < 6; ++round) {
    const auto size = static_cast<size_t>(round == 5 ? 3000 : 1 + 37 * round);
    const std::string message(size, static_cast<char>('a' + (number + round) % 26));
    if (!SendAll(fd, message)) {
      return End::kLost;
    }
    std::string echo(size, '\0');
    const ssize_t n = ::recv(fd, echo.data(), size, MSG_WAITALL);
    if (n < 0 && errno == EAGAIN) {
      return End::kWronged;
    }
    if (n != static_cast<ssize_t>(size)) {
      return End::kLost;
    }
    if (echo != message) {
      return End::kWronged;
    }
  }
  ::shutdown(fd, SHUT_WR);
  char byte;
  return ::recv(fd, &byte, 1, 0) == 0 ? End::kServed : End::kLost;
}

End RunClient(uint16_t port, int number) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{.tv_sec = 30, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  const End end = connected ? Converse(fd, number) : End::kWronged;
  ::close(fd);
  return end;
}

struct Tally {
  std::atomic<int> served{0};
  std::atomic<int> lost{0};
  std::atomic<int> wronged{0};
};

void RunClients(uint16_t port, Tally& tally) {
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::thread> clients;
    for (int i = 0; i < kClientsAtOnce; ++i) {
      clients.emplace_back([&tally, port, number = round * kClientsAtOnce + i] {
        // The end of a child of the server's, in this process, is no business of a client's.
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        const End end = RunClient(port, number);
        ++(end == End::kServed ? tally.served : end == End::kLost ? tally.lost : tally.wronged);
      });
    }
    for (std::thread& client : clients) {
      client.join();
    }
  }
}

// How many connections the faults that fired may have ended, one each.
int Deaths(const PlanRun& run) {
  int deaths = 0;
  for (const FaultRecord& record : run.records()) {
    const Errno* error = std::get_if<Errno>(&record.outcome);
    const bool harmless = error == nullptr || error->number == EAGAIN || error->number == EINTR ||
                          error->number == EMFILE || error->number == ENFILE ||
                          record.event.call == Call::kClose;
    deaths += record.fired && (!harmless || std::holds_alternative<Reset>(record.outcome)) ? 1 : 0;
  }
  return deaths;
}

struct Case {
  std::filesystem::path plan;
  Strategy strategy;
};

void PrintTo(const Case& which, std::ostream* os) {
  *os << which.plan.stem() << " on " << which.strategy.name;
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const auto& entry : std::filesystem::directory_iterator(EAGAIN_FIXTURE_PLANS)) {
    if (!LoadPlan(entry.path()).ok() || entry.path().stem() == "port-taken") {
      continue;  // hostile; or no server to speak of
    }
    for (const Strategy& strategy : Strategies()) {
      cases.push_back({entry.path(), strategy});
    }
  }
  return cases;
}

std::string Identifier(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return isalnum(c) == 0; }, '_');
  return name;
}

std::string NameOfCase(const testing::TestParamInfo<Case>& info) {
  return Identifier(info.param.plan.stem().string() + "_" + std::string(info.param.strategy.name));
}

std::string NameOfStrategy(const testing::TestParamInfo<Strategy>& info) {
  return Identifier(std::string(info.param.name));
}

class ServerUnderPlanTest : public testing::TestWithParam<Case> {};

TEST_P(ServerUnderPlanTest, LosesOnlyTheConnectionsThatTheFaultsEnded) {
  ServerUnderPlan server(GetParam().strategy, LoadPlan(GetParam().plan).plan);
  Tally tally;
  RunClients(server.port(), tally);
  EXPECT_EQ(tally.wronged, 0) << server.run().report();
  // A child counts what fires for its client by itself.
  if (GetParam().strategy.name != "processes") {
    EXPECT_LE(tally.lost, Deaths(server.run())) << server.run().report();
  }
}

INSTANTIATE_TEST_SUITE_P(All, ServerUnderPlanTest, testing::ValuesIn(Cases()), NameOfCase);

class ShortTransfersTest : public testing::TestWithParam<Strategy> {};

// The faults above are not idle ones: on every server that serves by these calls they do fire.
TEST_P(ShortTransfersTest, Fire) {
  if (GetParam().name == "io_uring" || GetParam().name == "processes") {
    GTEST_SKIP() << "served by a ring, or by a process that counts for itself";
  }
  ServerUnderPlan server(GetParam(), ParsePlan("recv short 5; send short 2").plan);
  EXPECT_EQ(RunClient(server.port(), 0), End::kServed);
  EXPECT_TRUE(server.run().never_fired().empty()) << server.run().report(5);
}

INSTANTIATE_TEST_SUITE_P(All, ShortTransfersTest, testing::ValuesIn(Strategies()), NameOfStrategy);

TEST(PortTakenPlanTest, IsAPortThatCannotBeHad) {
  const Plan plan = LoadPlan(EAGAIN_FIXTURE_PLANS "/port-taken.plan").plan;
  for (const Strategy& strategy : Strategies()) {
    KernelSys kernel;
    FaultSys sys(kernel, plan);
    try {
      strategy.make(sys, {});
      ADD_FAILURE() << strategy.name << " listens";
    } catch (const SysError& error) {
      EXPECT_EQ(error.error(), EADDRINUSE) << strategy.name;
    }
  }
}

}  // namespace
}  // namespace eagain::fault
