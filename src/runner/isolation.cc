#include "eagain/runner/isolation.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace eagain::runner {
namespace {

bool WriteFile(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) {
    return false;
  }
  const ssize_t written = write(fd, text, std::strlen(text));
  close(fd);
  return written == static_cast<ssize_t>(std::strlen(text));
}

// user_namespaces(7): an unprivileged process may map its own ids only, and no group list.
bool MapIds(unsigned uid, unsigned gid) {
  std::array<char, 64> line;
  std::snprintf(line.data(), line.size(), "%u %u 1\n", uid, uid);
  if (!WriteFile("/proc/self/uid_map", line.data()) || !WriteFile("/proc/self/setgroups", "deny")) {
    return false;
  }
  std::snprintf(line.data(), line.size(), "%u %u 1\n", gid, gid);
  return WriteFile("/proc/self/gid_map", line.data());
}

// netdevice(7)
bool BringLoopbackUp() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return false;
  }
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const int result = ioctl(fd, SIOCSIFFLAGS, &request);
  close(fd);
  return result == 0;
}

std::string Describe(const char* step, int error) {
  const char* hint =
      error == ENOSPC ? " (no more namespaces are allowed: sysctl user.max_*_namespaces)" : "";
  return fmt::format("{}: {}{}", step, std::strerror(error), hint);
}

// Whether a process can be made and set up in this way; if not, what did not work.
std::optional<std::string> Obstacle(Isolation isolation) {
  std::array<int, 2> report;
  if (pipe2(report.data(), O_CLOEXEC) != 0) {
    return Describe("pipe", errno);
  }
  const unsigned uid = geteuid();
  const unsigned gid = getegid();
  const long pid = syscall(SYS_clone, CloneFlags(isolation) | SIGCHLD, 0, 0, 0, 0);
  const int clone_error = errno;
  if (pid == 0) {
    const std::optional<SetupFailure> failure = SetUpNamespaces(isolation, uid, gid);
    if (failure) {
      static_cast<void>(!write(report[1], &*failure, sizeof *failure));
    }
    _exit(failure ? 1 : 0);
  }
  close(report[1]);
  std::optional<std::string> obstacle;
  if (pid < 0) {
    obstacle = Describe("clone", clone_error);
  } else {
    // `step` points into the program's constants, which are at the same place in a clone.
    SetupFailure failure{};
    if (read(report[0], &failure, sizeof failure) == static_cast<ssize_t>(sizeof failure)) {
      obstacle = Describe(failure.step, failure.error);
    }
    int status = 0;
    waitpid(static_cast<pid_t>(pid), &status, 0);
    if (!obstacle && status != 0) {
      obstacle = "the first process of a new namespace was killed";
    }
  }
  close(report[0]);
  return obstacle;
}

}  // namespace

std::string_view IsolationName(Isolation isolation) {
  return isolation == Isolation::kProcess ? "process" : "namespace";
}

unsigned long CloneFlags(Isolation isolation) {
  constexpr unsigned long kApart = CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS;
  switch (isolation) {
    case Isolation::kNamespace:
      return kApart;
    case Isolation::kUserNamespace:
      return kApart | CLONE_NEWUSER;
    case Isolation::kProcess:
      return 0;
  }
  return 0;
}

std::optional<SetupFailure> SetUpNamespaces(Isolation isolation, unsigned uid, unsigned gid) {
  if (isolation == Isolation::kProcess) {
    return std::nullopt;
  }
  if (isolation == Isolation::kUserNamespace && !MapIds(uid, gid)) {
    return SetupFailure{"map user and group ids", errno};
  }
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return SetupFailure{"make mounts private", errno};
  }
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    return SetupFailure{"mount /proc", errno};
  }
  if (!BringLoopbackUp()) {
    return SetupFailure{"bring loopback up", errno};
  }
  // So that a server with a built-in port below 1,024 needs no more rights than on another port. An
  // old kernel has no such setting: then it needs them.
  static_cast<void>(WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0"));
  return std::nullopt;
}

IsolationFound FindIsolation(IsolationWish wish) {
  if (wish == IsolationWish::kProcess) {
    return {};
  }
  if (!Obstacle(Isolation::kNamespace)) {
    return {.isolation = Isolation::kNamespace, .obstacle = std::nullopt};
  }
  std::optional<std::string> obstacle = Obstacle(Isolation::kUserNamespace);
  if (!obstacle) {
    return {.isolation = Isolation::kUserNamespace, .obstacle = std::nullopt};
  }
  return {.isolation = Isolation::kProcess, .obstacle = std::move(obstacle)};
}

}  // namespace eagain::runner
