// What the injector costs, beside the same server alone and under strace(1), in one run:
//
//   inject_bench [ROUNDS]
//
// 50 clients send two bytes each and wait for both, again and again. Server and tracer share one core,
// the clients have another. In each round every way to run the server gets its turn, and what is compared
// is compared within the round: a machine that is busy for a while is busy for all. Printed are medians, and
// the least and the most.
//
//   native     the server alone
//   armed      under a plan that names calls it does not make
//   short      under "send short 1 on client": every answer takes two sends, the first of them cut short
//   strace     under strace --seccomp-bpf with every other send failing with EINTR, which is the nearest
//              that it can do and keep the server going: every answer takes two sends as well, the first
//              of them tampered with
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kClients = 50;
constexpr std::chrono::milliseconds kTurn{400};

void RunOn(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

uint16_t FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

class Server {
 public:
  explicit Server(std::vector<std::string> command) : port_(FreePort()) {
    for (const char* word : {EAGAIN_PROGRAM, "serve", "epoll", "--port"}) {
      command.emplace_back(word);
    }
    command.push_back(std::to_string(port_));
    pid_ = ::fork();
    ::setpgid(pid_, pid_);
    if (pid_ == 0) {
      ::setpgid(0, 0);
      RunOn(0);
      const int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
      ::dup2(nothing, STDOUT_FILENO);
      ::dup2(nothing, STDERR_FILENO);
      std::vector<char*> argv;
      for (std::string& word : command) {
        argv.push_back(word.data());
      }
      argv.push_back(nullptr);
      ::execvp(argv[0], argv.data());
      ::_exit(127);
    }
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    ::kill(-pid_, SIGTERM);  // strace ignores it, and ends with the server
    ::waitpid(pid_, nullptr, 0);
  }

  int connect() const {
    const sockaddr_in address = Loopback(port_);
    for (int tries = 0; tries < 20'000; ++tries) {
      const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return fd;
      }
      ::close(fd);
      ::usleep(1000);
    }
    fmt::print(stderr, "the server does not listen\n");
    std::exit(1);
  }

 private:
  uint16_t port_;
  pid_t pid_;
};

void Answered(int fd) {
  char bytes[2];
  for (size_t have = 0; have < sizeof bytes;) {
    const ssize_t some = ::recv(fd, bytes, sizeof bytes - have, 0);
    if (some <= 0) {
      fmt::print(stderr, "the server has left\n");
      std::exit(1);
    }
    have += static_cast<size_t>(some);
  }
}

// Round trips a second.
double Rate(const std::vector<std::string>& command) {
  const Server server(command);
  std::vector<int> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(server.connect());
  }
  const auto turn = [&] {
    for (const int fd : clients) {
      if (::send(fd, "ab", 2, MSG_NOSIGNAL) != 2) {
        std::exit(1);
      }
    }
    std::for_each(clients.begin(), clients.end(), Answered);
  };
  turn();  // all are accepted
  const auto start = Clock::now();
  uint64_t trips = 0;
  while (Clock::now() - start < kTurn) {
    turn();
    trips += kClients;
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  std::for_each(clients.begin(), clients.end(), ::close);
  return static_cast<double>(trips) / took.count();
}

std::string Spread(std::vector<double> values, const char* format) {
  std::sort(values.begin(), values.end());
  return fmt::format("{} ({} .. {})", fmt::format(fmt::runtime(format), values[values.size() / 2]),
                     fmt::format(fmt::runtime(format), values.front()),
                     fmt::format(fmt::runtime(format), values.back()));
}

std::vector<double> Pairwise(const std::vector<double>& a, const std::vector<double>& b,
                             double (*of)(double, double)) {
  std::vector<double> result;
  std::transform(a.begin(), a.end(), b.begin(), std::back_inserter(result), of);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 9;
  RunOn(1);
  const std::string eagain = EAGAIN_INJECTOR;
  const std::vector<std::pair<std::string, std::vector<std::string>>> ways = {
      {"native", {}},
      {"armed", {eagain, "inject", "shutdown reset on client; nanosleep delay 1ms", "--"}},
      {"short", {eagain, "inject", "send short 1 on client", "--"}},
      {"strace",
       {"strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=sendto", "-e",
        "inject=sendto:error=EAGAIN:when=1+2"}},
  };
  std::vector<std::vector<double>> rates(ways.size());
  for (int round = 0; round < rounds; ++round) {
    for (size_t way = 0; way < ways.size(); ++way) {
      rates[way].push_back(Rate(ways[way].second));
    }
  }
  for (size_t way = 0; way < ways.size(); ++way) {
    fmt::print("{:8} {} round trips/s\n", ways[way].first, Spread(rates[way], "{:.0f}"));
  }
  const auto ratio = [](double a, double b) { return a / b; };
  const auto extra_us = [](double a, double b) { return 1e6 / a - 1e6 / b; };
  fmt::print("armed / native    {}   (wanted: at least 0.97)\n",
             Spread(Pairwise(rates[1], rates[0], ratio), "{:.3f}"));
  fmt::print("short / strace    {}   (wanted: at least 2.5)\n",
             Spread(Pairwise(rates[2], rates[3], ratio), "{:.2f}"));
  fmt::print("a short send adds {} us to a round trip, with the send that follows it\n",
             Spread(Pairwise(rates[2], rates[0], extra_us), "{:.1f}"));
}
