#include "eagain/runner/worker_main.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace eagain::runner {
namespace {

constexpr int kOutcomeFd = 3;

// A descriptor of its own, so that what the server inherits as its standard input is empty.
std::string TakeStandardInput() {
  std::string bytes;
  char chunk[4096];
  for (ssize_t count; (count = read(STDIN_FILENO, chunk, sizeof chunk)) > 0;) {
    bytes.append(chunk, static_cast<size_t>(count));
  }
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null >= 0) {
    dup2(null, STDIN_FILENO);
    close(null);
  }
  return bytes;
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

checks::Outcome CarryOut(const std::function<checks::Outcome(const Job&)>& run, const Job& job) {
  try {
    return run(job);
  } catch (const std::exception& error) {
    checks::Outcome outcome;
    outcome.id = job.id;
    outcome.verdict = checks::Verdict::kError;
    outcome.actual = error.what();
    return outcome;
  }
}

}  // namespace

void WorkerMain(const std::function<checks::Outcome(const Job&)>& run) {
  fcntl(kOutcomeFd, F_SETFD, FD_CLOEXEC);
  // Set again: execve(2) may have cleared it.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::optional<Job> job = DecodeJob(TakeStandardInput());
  if (!job) {
    std::fputs("no job on standard input: this verb is for eagain itself\n", stderr);
    std::exit(2);
  }
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    job->command.soft_descriptor_limit = descriptors.rlim_cur;
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
  }
  if (!WriteAll(kOutcomeFd, Encode(CarryOut(run, *job)))) {
    std::perror("cannot hand over the outcome");
    std::exit(3);
  }
  std::exit(0);
}

}  // namespace eagain::runner
