#include "eagain/checks/injection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "eagain/driver/failure.h"
#include "eagain/fault/inject/taken_descriptor.h"
#include "eagain/fault/plan/parser.h"
#include "eagain/fault/plan/printer.h"

namespace eagain::checks {
namespace {

using Kind = fault::InjectionRecord::Kind;

// Makes the file whose name `path` becomes.
UniqueFd NewFile(std::string& path) {
  path = std::filesystem::temp_directory_path() / "eagain-injection-XXXXXX";
  UniqueFd file = fault::Own(::mkostemp(path.data(), O_CLOEXEC));
  if (!file) {
    throw driver::HarnessError(
        fmt::format("no file for the injector's log, {}: {}", path, std::strerror(errno)));
  }
  return file;
}

}  // namespace

Injection::Injection(const Injector& injector, const std::string& rules, Mode mode)
    : file_(NewFile(path_)),
      prefix_(injector.command),
      log_(fmt::format("/proc/self/fd/{}", file_.get())) {
  const bool observe = mode == Mode::kObserve;
  const PlanOnTop& on_top = injector.on_top;
  std::string plan = rules;
  own_rules_ = fault::ParsePlan(rules).plan.rules.size();
  if (!observe && !on_top.plan.empty()) {
    plan += (plan.empty() ? "" : "; ") + on_top.plan;
    const fault::ParsedPlan parsed = fault::ParsePlan(on_top.plan, {.hostile = true});
    for (const fault::Rule& rule : parsed.plan.rules) {
      on_top_.push_back({fault::RuleText(rule), 0});
    }
  }
  prefix_.insert(prefix_.end(), {"--log", path_, "--unlink-log", "--quiet"});
  if (observe) {
    prefix_.emplace_back("--observe");
  }
  if (on_top.hostile) {
    prefix_.emplace_back("--hostile");
  }
  if (on_top.seed) {
    prefix_.insert(prefix_.end(), {"--seed", std::to_string(*on_top.seed)});
  }
  prefix_.insert(prefix_.end(), {plan, "--"});
}

Injection::~Injection() { ::unlink(path_.c_str()); }

std::vector<std::string> Injection::wrap(const std::vector<std::string>& argv) const {
  std::vector<std::string> command = prefix_;
  command.insert(command.end(), argv.begin(), argv.end());
  return command;
}

const fault::InjectionLog& Injection::log() {
  log_.update();
  return log_;
}

std::vector<std::string> Injection::fired() {
  constexpr size_t kMost = 20;
  std::vector<std::string> lines;
  size_t count = 0;
  for (const fault::InjectionRecord& record : log().records()) {
    if (record.kind == Kind::kFired && ++count <= kMost) {
      lines.push_back(record.describe());
    }
  }
  if (count > kMost) {
    lines.push_back(fmt::format("... and {} more", count - kMost));
  }
  return lines;
}

std::vector<RuleFired> Injection::fired_on_top() {
  log_.update();
  for (size_t i = 0; i < on_top_.size(); ++i) {
    on_top_[i].fired = log_.fired(own_rules_ + i);
  }
  return on_top_;
}

}  // namespace eagain::checks
