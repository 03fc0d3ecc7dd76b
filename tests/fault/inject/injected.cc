#include "injected.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <thread>
#include <utility>

#include "eagain/fault/plan/parser.h"

namespace eagain::fault {
namespace {

std::string NewLogPath() {
  static int count = 0;
  return testing::TempDir() + "eagain_inject." + std::to_string(::getpid()) + "." +
         std::to_string(++count);
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

Injected::Injected(const std::string& plan, std::vector<std::string> argv, const More& more)
    : log_path_(NewLogPath()), log_(log_path_) {
  const ParsedPlan parsed = ParsePlan(plan, {.hostile = more.hostile});
  EXPECT_TRUE(parsed.ok()) << parsed.error_text();
  InjectOptions options;
  options.plan = parsed.plan;
  options.run = more.run;
  options.run.hostile = more.hostile;
  options.observe = more.observe;
  options.report = more.report;
  start(options, argv);
}

Injected::Injected(InjectOptions options, std::vector<std::string> argv)
    : log_path_(NewLogPath()), log_(log_path_) {
  start(options, argv);
}

void Injected::start(const InjectOptions& options, const std::vector<std::string>& argv) {
  InjectOptions logged = options;
  logged.log = log_path_;
  std::fflush(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    const InjectFailure failure = ExecUnderInjection(argv, logged);
    std::fprintf(stderr, "%s\n", failure.message.c_str());
    ::_exit(99);
  }
}

Injected::~Injected() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::unlink(log_path_.c_str());
}

void Injected::pause() { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }

void Injected::signal(int number) const { ::kill(pid_, number); }

int Injected::wait() {
  int status = 0;
  if (!wait_until([&] { return ::waitpid(pid_, &status, WNOHANG) != 0; })) {
    ADD_FAILURE() << "the program does not end";
    return -1;
  }
  pid_ = -1;
  return status;
}

InjectionLog& Injected::log() {
  log_.update();
  return log_;
}

// Held until this process ends, so that neither another test nor a client gets the port before the
// program has bound it: whoever binds it has to say SO_REUSEADDR or SO_REUSEPORT, as servers do.
std::string FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const int on = 1;
  EXPECT_EQ(::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
  EXPECT_EQ(::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), 0);
  return std::to_string(ntohs(address.sin_port));
}

Client::Client(const std::string& port) : fd_(-1) {
  const sockaddr_in address = Loopback(static_cast<uint16_t>(std::stoi(port)));
  const bool connected = Injected::wait_until([&] {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // One that is reset at once was a connection all the same: another try would be another client.
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      return true;
    }
    reset_ = errno == ECONNRESET;
    if (reset_) {
      return true;
    }
    ::close(std::exchange(fd_, -1));
    return false;
  });
  EXPECT_TRUE(connected) << "nobody listens on port " << port;
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

Client::Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)), reset_(other.reset_) {}

Client::~Client() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

bool Client::send(const std::string& bytes) const {
  return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

std::string Client::receive(size_t count) const {
  std::string bytes(count, '\0');
  size_t have = 0;
  errno = reset_ ? ECONNRESET : 0;
  while (have < count && !reset_) {
    const ssize_t some = ::recv(fd_, bytes.data() + have, count - have, 0);
    if (some < 0 && errno == EINTR) {
      continue;  // with a time limit the kernel does not make it again by itself (signal(7))
    }
    if (some <= 0) {
      errno = some == 0 ? 0 : errno;
      break;
    }
    have += static_cast<size_t>(some);
  }
  bytes.resize(have);
  return bytes;
}

std::string Client::echo(const std::string& bytes) const {
  return send(bytes) ? receive(bytes.size()) : "";
}

std::string Payload(size_t size, unsigned seed) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    seed = seed * 1103515245 + 12345;
    byte = static_cast<char>(seed >> 16);
  }
  return bytes;
}

}  // namespace eagain::fault
