#include "eagain/cli/memory_run.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "eagain/report/escape.h"
#include "eagain/runner/one_job.h"

namespace eagain::cli {
namespace {

using runner::CheckList;

constexpr const char* kProbe = "lifecycle/listens";

CheckList Chosen(const CheckList& chosen, bool memory) {
  CheckList some;
  std::copy_if(chosen.begin(), chosen.end(), std::back_inserter(some),
               [&](const auto* check) { return runner::ConcernOf(*check).has_value() == memory; });
  return some;
}

std::string LastLine(const std::string& text) {
  const size_t end = text.find_last_not_of("\r\n ");
  if (end == std::string::npos) {
    return {};
  }
  const size_t begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

// Why a server does not listen, in one line.
std::string WhyNot(const checks::Outcome& outcome) {
  const std::string first = outcome.actual.substr(0, outcome.actual.find('\n'));
  const std::string last = LastLine(outcome.server_output);
  const bool more = !last.empty() && first.find(last) == std::string::npos;
  return report::EscapeLine(more ? fmt::format("{}; it wrote: {}", first, last) : first);
}

}  // namespace

CheckList MemoryChecksOf(const CheckList& chosen) { return Chosen(chosen, true); }
CheckList OtherChecksOf(const CheckList& chosen) { return Chosen(chosen, false); }

runner::RunOptions MemoryRun::watched() const {
  runner::RunOptions watched = runner::Watched(run_, plan_.memory->command, tools_);
  watched.memory->folder = logs_ ? logs_->path() : "";
  return watched;
}

MemoryRun::MemoryRun(const CheckPlan& plan, const runner::RunOptions& run, runner::Workers& workers)
    : plan_(plan), run_(run), memory_checks_(MemoryChecksOf(plan.checks)) {
  tools_.tool = plan.memory->tool;
  not_reached_ = plan.memory->not_reached;
  if (!plan.sandbox) {
    logs_.emplace("eagain-memory-logs-");
    if (geteuid() == 0) {
      chmod(logs_->path().c_str(), 01777);  // workers may be user nobody
    }
  }
  if (!not_reached_ && tools_.tool == checks::MemoryTool::kSanitizers) {
    find_sanitizers(workers);
  }
}

void MemoryRun::refuse(const std::string& why) {
  if (!run_.sandbox) {
    throw runner::BadUsage(why);
  }
  not_reached_ = why;
}

void MemoryRun::cut_short() {
  interrupted_ = true;
  not_reached_ = "the run was cut short";
}

void MemoryRun::find_sanitizers(runner::Workers& workers) {
  const runner::RunOptions watched = this->watched();
  checks::MemoryWatch asked = *watched.memory;
  asked.leaks = false;
  asked.ask = true;
  runner::Job job = runner::JobOf(kProbe, watched);
  job.injector = {};  // it is only asked what it was built with
  job.memory = asked;
  const auto outcome = runner::RunOneJob(workers, job);
  if (!outcome) {
    cut_short();
    return;
  }
  if (outcome->memory) {
    tools_.sanitizers = outcome->memory->sanitizers;
  }
  const bool reported = outcome->memory && !outcome->memory->reports.empty();
  if (outcome->verdict != checks::Verdict::kPass && !reported) {
    refuse(fmt::format("{} does not listen: {}", what_is_watched(), WhyNot(*outcome)));
  } else if (tools_.sanitizers.empty()) {
    refuse(no_sanitizer());
  }
}

// "--sanitized './server_asan {port}': it"
std::string MemoryRun::what_is_watched() const {
  return plan_.memory->build_with.empty()
             ? fmt::format("--sanitized '{}': it", report::EscapeLine(plan_.memory->words.back()))
             : "--sanitize: what was built with sanitizers";
}

std::string MemoryRun::no_sanitizer() const {
  if (!plan_.memory->build_with.empty()) {
    return "--sanitize: there is no sanitizer in what was built: the build has to use the CFLAGS "
           "or "
           "CXXFLAGS, and the LDFLAGS, of its environment (in a Makefile: CFLAGS += -Wall, not =)";
  }
  return fmt::format(
      "--sanitized '{}': there is no sanitizer in it: build it with -g "
      "-fsanitize=address,undefined "
      "(or -g -fsanitize=thread), given to the compiler and to the linker",
      report::EscapeLine(plan_.memory->words.back()));
}

std::vector<runner::CheckResult> MemoryRun::not_reached() const {
  return runner::MemoryNotReached(memory_checks_, not_reached_.value_or(""), run_);
}

std::vector<runner::CheckResult> MemoryRun::run(std::chrono::milliseconds time_left,
                                                runner::Workers& workers,
                                                runner::Observer& observer) {
  runner::RunOptions watched = this->watched();
  watched.time_limit = time_left;
  const runner::RunResult second =
      runner::Run(checks::CatalogueOf(checks::Role::kServer), plan_.memory->situations,
                  runner::StandardGates(), watched, workers, observer);
  interrupted_ = second.interrupted;
  return runner::JudgeMemory(memory_checks_, second, tools_, run_);
}

}  // namespace eagain::cli
