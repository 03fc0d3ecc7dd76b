// What the injector costs, beside the same server alone and under strace(1), in one run:
//
//   inject_bench [ROUNDS]
//
// The server is the floor of the other benchmarks: wait, receive, send. 50 clients send two bytes each and
// wait for both, again and again. Server and tracer share one core, the clients have another, and never
// sleep: waking a core that has gone to sleep would be most of what a send costs. In each round every way
// to run the server gets its turn, and what is compared is compared within the round: a machine that is
// busy for a while is busy for all. Printed are medians, and the quartiles.
//
//   native     the server alone
//   twice      the server alone, made to send one byte first: what a short send makes any server do
//   armed      under a plan that names calls it does not make
//   short      under "send short 1 on client": every answer takes two sends, the first of them cut short
//   strace     under strace --seccomp-bpf with every other send failing with EAGAIN, which is the nearest
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
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kClients = 50;
constexpr std::chrono::milliseconds kTurn{40};

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
    const ssize_t some = ::recv(fd, bytes, sizeof bytes - have, MSG_DONTWAIT);
    if (some < 0 && errno == EAGAIN) {
      continue;
    }
    if (some <= 0) {
      fmt::print(stderr, "the server has left\n");
      std::exit(1);
    }
    have += static_cast<size_t>(some);
  }
}

// A way to run the server, with its clients.
class Way {
 public:
  Way(const char* name, std::vector<std::string> command)
      : name_(name), server_(std::move(command)) {
    for (int i = 0; i < kClients; ++i) {
      clients_.push_back(server_.connect());
    }
    turn();  // all are accepted
  }
  Way(const Way&) = delete;
  Way& operator=(const Way&) = delete;
  ~Way() { std::for_each(clients_.begin(), clients_.end(), ::close); }

  const char* name() const { return name_; }
  const std::vector<double>& rates() const { return rates_; }  // round trips a second

  void measure() {
    turn();  // it is all in the caches
    const auto start = Clock::now();
    uint64_t trips = 0;
    while (Clock::now() - start < kTurn) {
      turn();
      trips += kClients;
    }
    const std::chrono::duration<double> took = Clock::now() - start;
    rates_.push_back(static_cast<double>(trips) / took.count());
  }

 private:
  void turn() const {
    for (const int fd : clients_) {
      if (::send(fd, "ab", 2, MSG_NOSIGNAL) != 2) {
        std::exit(1);
      }
    }
    std::for_each(clients_.begin(), clients_.end(), Answered);
  }

  const char* name_;
  Server server_;
  std::vector<int> clients_;
  std::vector<double> rates_;
};

std::string Spread(std::vector<double> values, const char* format) {
  std::sort(values.begin(), values.end());
  return fmt::format("{} ({} .. {})", fmt::format(fmt::runtime(format), values[values.size() / 2]),
                     fmt::format(fmt::runtime(format), values[values.size() / 4]),
                     fmt::format(fmt::runtime(format), values[values.size() * 3 / 4]));
}

std::vector<double> Pairwise(const std::vector<double>& a, const std::vector<double>& b,
                             double (*of)(double, double)) {
  std::vector<double> result;
  std::transform(a.begin(), a.end(), b.begin(), std::back_inserter(result), of);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 100;
  RunOn(1);
  const std::string eagain = EAGAIN_INJECTOR;
  Way native("native", {EAGAIN_FLOOR});
  Way twice("twice", {EAGAIN_FLOOR_TWICE});
  Way armed("armed", {eagain, "inject", "shutdown reset on client; nanosleep delay 1ms", "--",
                      EAGAIN_FLOOR});
  Way shortened("short", {eagain, "inject", "send short 1 on client", "--", EAGAIN_FLOOR});
  Way strace("strace", {"strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e",
                        "trace=sendto", "-e", "inject=sendto:error=EAGAIN:when=1+2", EAGAIN_FLOOR});
  const std::array ways = {&native, &twice, &armed, &shortened, &strace};
  for (int round = 0; round < rounds; ++round) {
    for (Way* way : ways) {
      way->measure();
    }
  }
  for (const Way* way : ways) {
    fmt::print("{:8} {} round trips/s\n", way->name(), Spread(way->rates(), "{:.0f}"));
  }
  const auto ratio = [](double a, double b) { return a / b; };
  const auto extra_us = [](double a, double b) { return 1e6 / a - 1e6 / b; };
  fmt::print("armed / native    {}   (wanted: at least 0.97)\n",
             Spread(Pairwise(armed.rates(), native.rates(), ratio), "{:.3f}"));
  fmt::print("short / strace    {}   (wanted: at least 2.5)\n",
             Spread(Pairwise(shortened.rates(), strace.rates(), ratio), "{:.2f}"));
  fmt::print("a short send costs {} us   (wanted: at most 10)\n",
             Spread(Pairwise(shortened.rates(), twice.rates(), extra_us), "{:.1f}"));
}
