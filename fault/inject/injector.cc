#include "eagain/fault/inject/injector.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "eagain/fault/inject/beside.h"
#include "eagain/fault/inject/call_filter.h"
#include "eagain/fault/inject/own_descriptors.h"
#include "eagain/fault/inject/plan_interceptor.h"
#include "eagain/fault/inject/program_memory.h"
#include "eagain/fault/inject/registers.h"
#include "eagain/fault/inject/stops.h"
#include "eagain/fault/inject/taken_descriptor.h"

namespace eagain::fault {
namespace {

using Kind = InjectFailure::Kind;

// What a tracer has to be allowed to do, done once to a call of a process that was made for it.
class Trial final : public Interceptor {
 public:
  enum Answer : int64_t { kAll = 4711, kNoDescriptor, kNoMemory };

  Task<> on_call(Tracee& tracee) override {
    const bool descriptor =
        static_cast<bool>(TakeDescriptor(tracee.process->handle->get(), STDERR_FILENO)) ||
        errno == EBADF;  // it has none of that number
    const bool memory = ReadAs<int>(tracee.tid, tracee.registers.argument(0)).has_value();
    tracee.registers.set_number(-1);
    tracee.registers.set_result(!descriptor ? kNoDescriptor : !memory ? kNoMemory : kAll);
    tracee.registers.write(tracee.tid);
    co_return;
  }
  std::optional<int64_t> on_handed_call(Tracee& /*tracee*/) override { return std::nullopt; }
  bool never_waits(const Tracee& /*tracee*/) override { return false; }
  void on_interrupted(const Fault& /*fault*/) override {}
  bool has_leftovers() const override { return false; }
  void on_idle() override {}
  void on_first_process_ends(bool /*others*/) override {}
  void on_all_ended() override {}
};

// In a process made for it: the reason, or nothing.
std::string TryTracing() {
  if (kArchitecture == nullptr) {
    return "the injector knows x86-64 and aarch64 only";
  }
  const Beside beside(
      -1, [](pid_t) -> std::unique_ptr<Interceptor> { return std::make_unique<Trial>(); });
  if (beside.failure()) {
    return *beside.failure();
  }
  const CallFilter filter(std::vector<FilteredCall>{{.number = SYS_getpgid}});
  if (const int error = filter.install(); error != 0) {
    return fmt::format("seccomp(2) is refused: {}", std::strerror(error));
  }
  const int word = 0;
  switch (::syscall(SYS_getpgid, &word)) {
    case Trial::kAll:
      return "";
    case Trial::kNoDescriptor:
      return "pidfd_getfd(2) is refused: it needs Linux 5.6, and in a container the capability "
             "SYS_PTRACE";
    case Trial::kNoMemory:
      return "process_vm_readv(2) is refused; a container may need the capability SYS_PTRACE";
    default:
      return "the kernel does not stop traced calls for their tracer (seccomp(2), "
             "SECCOMP_RET_TRACE)";
  }
}

std::string ReadAll(int fd) {
  std::string text;
  std::array<char, 512> some{};
  for (ssize_t count = 0; (count = ::read(fd, some.data(), some.size())) > 0;) {
    text.append(some.data(), static_cast<size_t>(count));
  }
  return text;
}

std::optional<std::string> TryOnce() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fmt::format("pipe(2) failed: {}", std::strerror(errno));
  }
  const UniqueFd in = Own(ends[0]);
  UniqueFd out = Own(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    std::string reason = TryTracing();
    reason = reason.empty() ? "." : reason;
    ::_exit(::write(out.get(), reason.data(), reason.size()) < 0 ? 1 : 0);
  }
  out.reset();
  const std::string reason = child < 0 ? "fork(2) failed" : ReadAll(in.get());
  ::waitpid(child, nullptr, 0);
  if (reason.empty()) {
    return "the process that tried it was killed";
  }
  return reason == "." ? std::nullopt : std::optional(reason);
}

bool CanExecute(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return ::access(name.c_str(), X_OK) == 0;
  }
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/bin:/usr/bin";
  for (;;) {
    const size_t end = std::min(rest.find(':'), rest.size());
    const std::string folder(rest.substr(0, end));
    if (::access(((folder.empty() ? "." : folder) + "/" + name).c_str(), X_OK) == 0) {
      return true;
    }
    if (end == rest.size()) {
      errno = ENOENT;
      return false;
    }
    rest.remove_prefix(end + 1);
  }
}

InjectFailure CannotExecute(const std::string& name) {
  return {Kind::kNoSuchCommand, fmt::format("cannot run {}: {}", name, std::strerror(errno))};
}

}  // namespace

std::optional<std::string> WhyNotPermitted() {
  static const std::optional<std::string> reason = TryOnce();
  return reason;
}

InjectFailure ExecUnderInjection(const std::vector<std::string>& argv,
                                 const InjectOptions& options) {
  if (!CanExecute(argv.front())) {
    return CannotExecute(argv.front());
  }
  if (const auto reason = WhyNotPermitted()) {
    return {Kind::kNotPermitted, "programs cannot be traced here: " + *reason};
  }
  UniqueFd log;
  if (!options.log.empty()) {
    log =
        Own(::open(options.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666));
    if (!log) {
      return {Kind::kLog, fmt::format("cannot write to {}: {}", options.log, std::strerror(errno))};
    }
    if (options.unlink_log && ::unlink(options.log.c_str()) != 0) {
      return {Kind::kLog, fmt::format("cannot unlink {}: {}", options.log, std::strerror(errno))};
    }
  }
  const Beside beside(log.get(), [&](pid_t program) {
    return std::make_unique<PlanInterceptor>(options, program, MoveToTop(std::move(log)));
  });
  if (beside.failure()) {
    return {Kind::kNotPermitted, "programs cannot be traced here: " + *beside.failure()};
  }
  const CallFilter filter(StopsFor(options));
  UniqueFd listener = filter.install_with_listener();
  if (const int error = listener ? beside.give(std::move(listener)) : filter.install()) {
    return {Kind::kNotPermitted,
            fmt::format("programs cannot be traced here: seccomp(2) is refused: {}",
                        std::strerror(error))};
  }
  std::vector<char*> arguments;
  for (const std::string& one : argv) {
    arguments.push_back(const_cast<char*>(one.c_str()));
  }
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  return CannotExecute(argv.front());
}

}  // namespace eagain::fault
