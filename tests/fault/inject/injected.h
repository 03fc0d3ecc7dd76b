// A program under injection, and a client of the server that it is.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eagain/fault/inject/injection_log.h"
#include "eagain/fault/inject/injector.h"

namespace eagain::fault {

// How long anything may take before a test gives up.
inline constexpr std::chrono::seconds kPatience{60};

// Runs a command under a plan, as `eagain inject` does, until it is destroyed.
class Injected {
 public:
  struct More {
    bool observe = false;
    bool hostile = false;
    bool report = false;
    PlanRun::Options run = {};
  };
  // The plan is parsed; a test whose plan is wrong fails.
  Injected(const std::string& plan, std::vector<std::string> argv, const More& more);
  Injected(const std::string& plan, std::vector<std::string> argv)
      : Injected(plan, std::move(argv), More()) {}
  Injected(InjectOptions options, std::vector<std::string> argv);
  ~Injected();
  Injected(const Injected&) = delete;
  Injected& operator=(const Injected&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Waits for its end; what waitpid(2) says. Fails the test, and kills it, when that takes too long.
  int wait();

  // The log, read again.
  InjectionLog& log();
  const std::string& log_path() const { return log_path_; }
  // Waits until a record is there that `wanted` is true of.
  template <typename Predicate>
  bool wait_for(Predicate wanted) {
    return wait_until([&] {
      for (const InjectionRecord& record : log().records()) {
        if (wanted(record)) {
          return true;
        }
      }
      return false;
    });
  }
  // Looks again and again until `done`, for kPatience at most.
  template <typename Predicate>
  static bool wait_until(Predicate done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) {
        return false;
      }
      pause();
    }
    return true;
  }

 private:
  static void pause();
  void start(const InjectOptions& options, const std::vector<std::string>& argv);

  std::string log_path_;
  InjectionLog log_;
  pid_t pid_ = -1;
};

// A port that is free now.
std::string FreePort();

class Client {
 public:
  // Connects, trying until somebody listens. A connection that is reset at once breaks at its first call.
  explicit Client(const std::string& port);
  ~Client();
  Client(Client&& other) noexcept;
  Client& operator=(Client&&) = delete;

  int fd() const { return fd_; }
  // False, with errno set, when the connection breaks.
  bool send(const std::string& bytes) const;
  // So many bytes, or what came before the end or an error (errno; 0 at the end).
  std::string receive(size_t count) const;
  std::string echo(const std::string& bytes) const;

 private:
  int fd_;
  bool reset_ = false;  // connect(2) has said so, and nothing says it twice
};

// Bytes that tell where they are from: no two stretches of them are the same.
std::string Payload(size_t size, unsigned seed);

}  // namespace eagain::fault
