#include "eagain/driver/server_process.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "eagain/driver/failure.h"
#include "eagain/driver/launch.h"
#include "eagain/driver/output_log.h"
#include "eagain/driver/process_tree.h"
#include "eagain/driver/program_streams.h"
#include "eagain/driver/start_watch.h"
#include "eagain/driver/tree_signals.h"
#include "eagain/driver/wording.h"

namespace eagain::driver {
namespace {

using Descriptor = asio::posix::stream_descriptor;

// Were it ignored (some callers start us so), the kernel would reap the children before we can.
void LetChildrenBeReaped() {
  struct sigaction now {};
  ::sigaction(SIGCHLD, nullptr, &now);
  if (now.sa_handler == SIG_IGN) {
    ::signal(SIGCHLD, SIG_DFL);
  }
}

// A client may leave before it has read all that was typed.
void SurviveBrokenPipes() { ::signal(SIGPIPE, SIG_IGN); }

ProcessEnd ToEnd(int status) {
  if (WIFSIGNALED(status)) {
    return {true, WTERMSIG(status)};
  }
  return {false, WEXITSTATUS(status)};
}

}  // namespace

std::string ProcessEnd::describe() const {
  if (!signaled) {
    return "exit status " + std::to_string(status);
  }
  const char* name = ::sigabbrev_np(status);
  return std::string("killed by ") + (name != nullptr ? std::string("SIG") + name : "a signal") +
         " (signal " + std::to_string(status) + ")";
}

struct ServerProcess::Impl {
  // What the handlers of the io_context use; it lives until the last of them has run.
  struct Watched {
    explicit Watched(asio::io_context& io) : output_end(io), end(io) {}
    pid_t pid = -1;
    Descriptor output_end;  // where its output is read
    Descriptor end;         // the pidfd: readable once the first process has ended
    std::array<char, 65536> buffer;
    OutputLog log;
    bool is_client = false;
    std::string shown;  // of a client
    std::optional<ProcessEnd> ended;
    void take_output(std::string_view bytes);
  };

  explicit Impl(asio::io_context& io) : watched(std::make_shared<Watched>(io)) {}

  static void read_output(const std::shared_ptr<Watched>& watched);
  static void drain(Watched& watched);
  static void watch_end(const std::shared_ptr<Watched>& watched);
  static bool reap(Watched& watched, int options);

  std::shared_ptr<Watched> watched;
  uint16_t port = 0;
  int keyboard = -1;  // of a client; ours
  std::string address;
  bool frozen = false;
};

void ServerProcess::Impl::Watched::take_output(std::string_view bytes) {
  log.append(bytes);
  if (is_client) {
    shown.append(bytes.substr(0, kMostShown - shown.size()));
  }
}

// One read a turn, so that a server which prints without end leaves the others their turns.
void ServerProcess::Impl::read_output(const std::shared_ptr<Watched>& watched) {
  watched->output_end.async_read_some(asio::buffer(watched->buffer),
                                      [watched](boost::system::error_code error, size_t count) {
                                        if (!error) {
                                          watched->take_output({watched->buffer.data(), count});
                                          read_output(watched);
                                        }
                                      });
}

// What is there already.
void ServerProcess::Impl::drain(Watched& watched) {
  std::array<char, 4096> part;
  for (int reads = 0; reads < 256; ++reads) {
    const ssize_t count = ::read(watched.output_end.native_handle(), part.data(), part.size());
    if (count <= 0) {
      return;
    }
    watched.take_output({part.data(), static_cast<size_t>(count)});
  }
}

bool ServerProcess::Impl::reap(Watched& watched, int options) {
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = ::waitpid(watched.pid, &status, options);
  } while (reaped < 0 && errno == EINTR);
  if (reaped != watched.pid) {
    return false;
  }
  MarkReaped(watched.pid);
  drain(watched);
  watched.ended = ToEnd(status);
  return true;
}

void ServerProcess::Impl::watch_end(const std::shared_ptr<Watched>& watched) {
  watched->end.async_wait(Descriptor::wait_read, [watched](boost::system::error_code error) {
    if (!error && !watched->ended && !reap(*watched, WNOHANG)) {
      watch_end(watched);
    }
  });
}

ServerProcess::ServerProcess(asio::io_context& io, const ServerCommand& command, uint16_t port)
    : impl_(std::make_unique<Impl>(io)) {
  LetChildrenBeReaped();
  if (command.is_client) {
    SurviveBrokenPipes();
  }
  impl_->port = command.fixed_port.value_or(port);
  impl_->watched->is_client = command.is_client;
  ProgramStreams streams = command.is_client ? OpenClientStreams() : OpenServerStreams();
  impl_->watched->output_end.assign(streams.screen);
  impl_->keyboard = streams.keyboard;
  Launched launched;
  try {
    launched = Launch(io, command, impl_->port, streams);
  } catch (...) {
    CloseProgramEnds(streams);
    end_input();
    throw;
  }
  CloseProgramEnds(streams);
  impl_->watched->pid = launched.pid;
  AddRoot(launched.pid, launched.mark);
  const auto pidfd = static_cast<int>(::syscall(SYS_pidfd_open, launched.pid, 0));
  if (pidfd < 0) {
    const int error = errno;
    KillTree(launched.pid);
    ::waitpid(launched.pid, nullptr, 0);
    RemoveRoot(launched.pid);
    throw HarnessError(std::string("pidfd_open (Linux 5.3 or newer): ") + std::strerror(error));
  }
  impl_->watched->end.assign(pidfd);
  Impl::read_output(impl_->watched);
  Impl::watch_end(impl_->watched);
}

ServerProcess::~ServerProcess() {
  KillTree(pid());
  if (!impl_->watched->ended) {
    Impl::reap(*impl_->watched, 0);
  }
  RemoveRoot(pid());
  end_input();
  boost::system::error_code ignored;
  impl_->watched->output_end.close(ignored);
  impl_->watched->end.close(ignored);
}

pid_t ServerProcess::pid() const { return impl_->watched->pid; }
uint16_t ServerProcess::port() const { return impl_->port; }
const std::string& ServerProcess::address() const { return impl_->address; }
const std::optional<ProcessEnd>& ServerProcess::ended() const { return impl_->watched->ended; }
bool ServerProcess::frozen() const { return impl_->frozen; }
std::string ServerProcess::output() const { return impl_->watched->log.text(); }

std::string_view ServerProcess::noun() const {
  return impl_->watched->is_client ? "client" : "server";
}
const std::string& ServerProcess::shown() const { return impl_->watched->shown; }
void ServerProcess::read_on() { Impl::drain(*impl_->watched); }

std::optional<size_t> ServerProcess::type_now(std::string_view bytes) {
  const ssize_t count = ::write(impl_->keyboard, bytes.data(), bytes.size());
  if (count >= 0) {
    return static_cast<size_t>(count);
  }
  return errno == EAGAIN || errno == EINTR ? std::optional<size_t>(0) : std::nullopt;
}

void ServerProcess::end_input() {
  if (impl_->keyboard >= 0) {
    ::close(std::exchange(impl_->keyboard, -1));
  }
}

asio::awaitable<void> ServerProcess::wait_until_listening(Patience& patience) {
  impl_->address = co_await WatchStart(*this, patience);
}

void ServerProcess::signal(int signo) {
  if (!impl_->watched->ended) {
    ::kill(pid(), signo);
  }
}

void ServerProcess::kill_tree() {
  KillTree(pid());
  impl_->frozen = false;
}

void ServerProcess::freeze() {
  FreezeTree(pid());
  impl_->frozen = true;
}

void ServerProcess::thaw() {
  ThawTree(pid());
  impl_->frozen = false;
}

}  // namespace eagain::driver
