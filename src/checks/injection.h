// A server that is run by the injector (`eagain inject`): the command line for it, and the log of what
// was done to its calls. The process that is started becomes the server itself (fault/inject/injector.h),
// so that whatever watches a server's processes need not know of the injector.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eagain/fault/inject/injection_log.h"
#include "eagain/sys/unique_fd.h"

namespace eagain::checks {

// A plan that every server is run under, whatever the check does (--fault).
struct PlanOnTop {
  std::string plan;  // in one line; empty: none
  std::optional<uint64_t> seed;
  bool hostile = false;
};

// How servers are run under fault plans here.
struct Injector {
  // What stands before the options, the plan and "-- CMD": {"/usr/bin/eagain", "inject"}.
  std::vector<std::string> command;
  // Why servers cannot be run under plans here; nothing when they can.
  std::optional<std::string> obstacle = "servers are not run under fault plans here";
  PlanOnTop on_top;
};

// A rule of the plan on top, and how often it fired.
struct RuleFired {
  std::string rule;
  uint64_t fired = 0;
};

class Injection {
 public:
  enum class Mode { kFault, kObserve };

  // Makes a file for the log, in the directory for temporary files; the injector takes its name away
  // before the server begins, which therefore cannot write into it. `rules` are the check's own; those
  // of the plan on top come after them, unless calls are only observed.
  Injection(const Injector& injector, const std::string& rules, Mode mode);
  ~Injection();
  Injection(const Injection&) = delete;
  Injection& operator=(const Injection&) = delete;

  // The command that runs `argv` so.
  std::vector<std::string> wrap(const std::vector<std::string>& argv) const;
  // Up to date.
  const fault::InjectionLog& log();
  // The faults that fired, a line each with how to replay it; of very many, the first ones and a count.
  std::vector<std::string> fired();
  // Of each rule of the plan on top, in its order.
  std::vector<RuleFired> fired_on_top();

 private:
  std::string path_;  // until the injector has it
  UniqueFd file_;
  std::vector<std::string> prefix_;
  size_t own_rules_ = 0;
  std::vector<RuleFired> on_top_;
  fault::InjectionLog log_;
};

}  // namespace eagain::checks
