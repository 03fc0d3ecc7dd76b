#include "eagain/runner/sandbox.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "eagain/runner/copy_tree.h"

namespace eagain::runner {
namespace {

constexpr const char* kWorkerInside = "/eagain/worker";
constexpr const char* kSubmissionInside = "/eagain/submission";

using Words = std::vector<std::string>;

void Append(Words& words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more);
}

// The system's programs and libraries, and what they need.
void AddSystem(Words& words) {
  for (const char* path : {"/usr", "/etc"}) {
    Append(words, {"--ro-bind", path, path});
  }
  for (const char* path : {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt"}) {
    Append(words, {"--ro-bind-try", path, path});
  }
  Append(words, {"--proc", "/proc", "--dev", "/dev"});
}

void AddEnvironment(Words& words, const Sandbox& sandbox) {
  Append(words, {"--clearenv", "--setenv", "HOME", sandbox.seen_as, "--setenv", "TMPDIR", "/tmp"});
  for (const char* name : {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "JAVA_HOME"}) {
    if (const char* value = std::getenv(name); value != nullptr) {
      Append(words, {"--setenv", name, value});
    }
  }
}

void AddFolders(Words& words, const Sandbox& sandbox) {
  const std::string size = fmt::format("{}", sandbox.limits.scratch_bytes);
  Append(words, {"--size", size, "--tmpfs", "/tmp"});
  for (const Sandbox::Shown& one : sandbox.shown) {
    Append(words, {"--ro-bind", one.source, one.path});
  }
  if (sandbox.shared) {
    Append(words, {"--bind", sandbox.folder, sandbox.seen_as});
  } else {
    Append(words, {"--ro-bind", sandbox.folder, kSubmissionInside, "--size", size, "--tmpfs",
                   sandbox.seen_as});
  }
  for (const std::string& path : sandbox.hidden) {
    Append(words, {"--ro-bind", "/dev/null", path});
  }
  Append(words, {"--ro-bind", sandbox.worker, kWorkerInside, "--chdir", sandbox.seen_as});
}

// Lowers a limit, never raises it.
void Limit(int resource, rlim_t most) {
  rlimit now{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &now) == 0) {
    const rlimit limit{std::min(most, now.rlim_cur), std::min(most, now.rlim_max)};
    setrlimit(static_cast<__rlimit_resource>(resource), &limit);
  }
}

}  // namespace

Words SandboxCommand(const Sandbox& sandbox, const std::string& verb) {
  Words words = {"bwrap",         "--unshare-user",       "--unshare-pid", "--unshare-ipc",
                 "--unshare-uts", "--unshare-cgroup-try", "--as-pid-1",    "--cap-drop",
                 "ALL",           "--die-with-parent"};
  AddSystem(words);
  AddFolders(words, sandbox);
  AddEnvironment(words, sandbox);
  Append(words, {"--", kWorkerInside, verb});
  return words;
}

bool BecomeNobody() {
  if (geteuid() != 0) {
    return true;
  }
  return setgroups(0, nullptr) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 &&
         setresuid(kNobody, kNobody, kNobody) == 0;
}

InsideSandbox InsideOf(const Sandbox& sandbox) {
  return {.strong = true,
          .folder = sandbox.seen_as,
          .copy_from = sandbox.shared ? "" : kSubmissionInside,
          .limits = sandbox.limits};
}

void SettleIn(const InsideSandbox& inside) {
  prctl(PR_SET_DUMPABLE, 0);
  if (!inside.copy_from.empty()) {
    CopyTree(inside.copy_from, inside.folder, {});
  }
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_NPROC, inside.limits.processes);
  Limit(RLIMIT_FSIZE, inside.limits.file_bytes);
  Limit(RLIMIT_CPU, static_cast<rlim_t>(inside.limits.cpu.count()));
  if (!inside.folder.empty() && chdir(inside.folder.c_str()) != 0) {
    throw std::runtime_error(
        fmt::format("cannot go to {}: {}", inside.folder, std::strerror(errno)));
  }
}

}  // namespace eagain::runner
