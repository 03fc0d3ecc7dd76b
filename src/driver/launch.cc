#include "eagain/driver/launch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "eagain/driver/failure.h"
#include "eagain/driver/process_tree.h"

namespace eagain::driver {
namespace {

namespace process = boost::process::v2;
using boost::system::error_code;
using Path = process::filesystem::path;

// What the child does last. It calls execve itself: the launcher's own way to report a failure
// goes through exit(3), which would write this process's unwritten output a second time.
struct ChildSetup {
  const char* const* environment;
  rlimit descriptors;

  error_code on_exec_setup(process::posix::default_launcher& launcher, const Path& executable,
                           const char* const*& argv) const {
    const int report = launcher.fd_whitelist.back();  // close-on-exec; read by the parent
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setrlimit(RLIMIT_NOFILE, &descriptors);
    close_on_exec();
    default_signals();
    ::execve(executable.c_str(), const_cast<char* const*>(argv),
             const_cast<char* const*>(environment));
    const int error = errno;
    static_cast<void>(!::write(report, &error, sizeof(error)));
    ::_exit(127);
  }

  static void default_signals() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int signo = 1; signo < NSIG; ++signo) {
      ::sigaction(signo, &action, nullptr);  // refused for some, which cannot be changed anyway
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  }

  static void close_on_exec() {
#ifdef SYS_close_range
    constexpr unsigned kCloseOnExec = 1U << 2U;
    if (::syscall(SYS_close_range, 3U, ~0U, kCloseOnExec) == 0) {
      return;
    }
#endif
    const long most = std::min(::sysconf(_SC_OPEN_MAX), 65536L);
    for (int fd = 3; fd < most; ++fd) {
      ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
  }
};

std::string Filled(std::string text, std::string_view place, std::string_view with) {
  for (size_t at = text.find(place); at != std::string::npos; at = text.find(place, at)) {
    text.replace(at, place.size(), with);
    at += with.size();
  }
  return text;
}

std::vector<std::string> Arguments(const ServerCommand& command, uint16_t port) {
  std::vector<std::string> argv;
  for (const std::string& argument : command.argv) {
    argv.push_back(Filled(argument, "{port}", std::to_string(port)));
    if (command.is_client) {
      argv.back() = Filled(argv.back(), "{host}", kClientsHost);
    }
  }
  return argv;
}

// What its environment says to `command` beside what this process has.
std::vector<std::string> Added(const ServerCommand& command, uint16_t port,
                               const std::string& mark) {
  std::vector<std::string> added = command.extra_environment;
  added.push_back(fmt::format("PORT={}", port));
  added.push_back(fmt::format("{}={}", kMarkVariable, mark));
  if (command.is_client) {
    added.push_back(fmt::format("HOST={}", kClientsHost));
    added.emplace_back("TERM=dumb");  // the terminal that it writes to shows plain text, in UTF-8
    added.emplace_back("LC_ALL=C.UTF-8");
  }
  return added;
}

// The file that execvp(3) would run; nothing when there is none.
std::optional<std::string> FindExecutable(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return name;
  }
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/bin:/usr/bin";
  for (;;) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const std::string folder(rest.substr(0, end));
    std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
    if (end == rest.size()) {
      return std::nullopt;
    }
    rest.remove_prefix(end + 1);
  }
}

// This process's environment with `added` put in the place of what has the same name.
std::vector<std::string> Environment(const std::vector<std::string>& added) {
  std::vector<std::string> all;
  const auto name = [](std::string_view line) { return line.substr(0, line.find('=')); };
  for (char** line = environ; *line != nullptr; ++line) {
    if (std::none_of(added.begin(), added.end(),
                     [&](const std::string& one) { return name(one) == name(*line); })) {
      all.emplace_back(*line);
    }
  }
  all.insert(all.end(), added.begin(), added.end());
  return all;
}

rlimit DescriptorLimit(const ServerCommand& command) {
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  if (!command.descriptor_limit) {
    const rlim_t soft = command.soft_descriptor_limit.value_or(now.rlim_cur);
    return rlimit{std::min(soft, now.rlim_max), now.rlim_max};
  }
  if (*command.descriptor_limit > now.rlim_max && ::geteuid() != 0) {
    throw Skip(
        fmt::format("the server needs {} descriptors and this machine allows {}: raise the hard "
                    "limit (ulimit -Hn)",
                    *command.descriptor_limit, static_cast<uint64_t>(now.rlim_max)));
  }
  return rlimit{*command.descriptor_limit, *command.descriptor_limit};
}

std::string NewMark() {
  static std::atomic<uint64_t> count{0};
  return fmt::format("{}-{}-{}", ::getpid(), ::syscall(SYS_gettid), ++count);
}

[[noreturn]] void ThrowNotStarted(const std::string& name, int error) {
  std::string advice;
  if (error == ENOENT) {
    advice = name.find('/') == std::string::npos
                 ? "there is no such program in PATH; a program of the current folder is ./" + name
                 : "there is no such file (or its interpreter, in the #! line, is missing)";
  } else if (error == EACCES) {
    advice = "it is not executable: chmod +x " + name;
  } else if (error == ENOEXEC) {
    advice = "it is neither a program of this machine nor a script with a #! line";
  } else {
    advice = std::strerror(error);
  }
  throw Failure(fmt::format("the command {} starts", name),
                fmt::format("{} cannot be started: {}", name, advice));
}

}  // namespace

Launched Launch(asio::io_context& io, const ServerCommand& command, uint16_t port,
                const ProgramStreams& streams) {
  assert(!command.argv.empty());
  const std::vector<std::string> argv = Arguments(command, port);
  const auto executable = FindExecutable(argv[0]);
  if (!executable) {
    ThrowNotStarted(argv[0], ENOENT);
  }
  Launched launched;
  launched.mark = NewMark();
  const auto environment = Environment(Added(command, port, launched.mark));
  std::vector<const char*> pointers;
  for (const std::string& line : environment) {
    pointers.push_back(line.c_str());
  }
  pointers.push_back(nullptr);

  process::posix::default_launcher launcher;
  using Stdio = process::process_stdio;
  Stdio stdio = streams.input >= 0 ? Stdio{streams.input, streams.output, streams.output}
                                   : Stdio{nullptr, streams.output, streams.output};
  ChildSetup setup{pointers.data(), DescriptorLimit(command)};
  error_code error;
  const std::vector<std::string> rest(argv.begin() + 1, argv.end());
  auto started = launcher(io.get_executor(), error, Path(*executable), rest, stdio, setup);
  if (error) {
    if (launcher.pid <= 0) {
      throw HarnessError("no process can be started: " + error.message());
    }
    ::waitpid(launcher.pid, nullptr, 0);
    ThrowNotStarted(argv[0], error.value());
  }
  launched.pid = launcher.pid;
  static_cast<void>(started.detach());  // reaped by ServerProcess, which also reaps its orphans
  return launched;
}

}  // namespace eagain::driver
