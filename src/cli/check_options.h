// What `eagain check` can be told: the options as they are typed, and what they mean once they have
// been found to make sense.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eagain/cli/fault_option.h"
#include "eagain/cli/memory_option.h"
#include "eagain/cli/verbs.h"
#include "eagain/report/formats.h"
#include "eagain/report/output_file.h"
#include "eagain/runner/isolation.h"
#include "eagain/runner/runner.h"

namespace eagain::cli {

// As typed.
struct CheckArguments {
  std::string role = "server";
  std::string strategy;
  std::optional<uint16_t> port;
  runner::Choice choice;
  std::string shard = "1/1";
  std::string level = "must";
  int jobs = 0;  // 0: as many as there are processors
  int repeat = 1;
  uint64_t seed = 1;
  bool seed_given = false;
  FaultArguments fault;
  MemoryArguments memory;
  double timeout_scale = 1;
  std::string expect;
  std::string isolation = "auto";
  std::vector<std::string> reports;
  bool verbose = false;
};

// Adds the options to the verb. `arguments` outlives it.
void AddCheckOptions(CLI::App& verb, CheckArguments& arguments);

struct ReportRequest {
  const report::Format* format;
  report::OutputFile file;
};

int Processors();  // that this process may use

std::string FormatNames();  // "json, ..."

// FORMAT=FILE. Throws runner::BadUsage for what cannot be.
std::vector<ReportRequest> ParseReports(const std::vector<std::string>& texts);

// What it all means.
struct CheckPlan {
  std::string program;  // see Invocation
  checks::Role role = checks::Role::kServer;
  runner::RunOptions run;
  runner::CheckList checks;
  std::vector<runner::Gate> gates;
  runner::Shard shard;
  runner::Counting counting;
  runner::IsolationWish isolation = runner::IsolationWish::kAuto;
  std::optional<MemoryPlan> memory = {};        // nobody watches the server's memory
  std::optional<runner::Sandbox> sandbox = {};  // needs namespaces
  std::string as_nobody = {};                   // see WorkerProcessesOptions
  // Nothing can be run at all, for this reason: no check is reached.
  std::optional<std::string> not_reached = {};
  bool interrupted = false;  // by the user, with not_reached
  std::vector<ReportRequest> reports;
  bool verbose = false;
  // One report goes to standard output: what is for people goes elsewhere.
  bool output_is_taken() const;
};

// "server" or "client".
checks::Role RoleNamed(const std::string& name);

// Throws runner::BadUsage when there is none, or when it is a client's and tells it no port, which
// is not built in either.
void RequireCommand(const std::vector<std::string>& command, checks::Role role,
                    std::optional<uint16_t> port);

// Throws runner::BadUsage, before anything has run, for what makes no sense: no command, an unknown
// strategy, check or report format, a file that cannot be read or written.
CheckPlan MakeCheckPlan(const CheckArguments& arguments, std::string program,
                        std::vector<std::string> command);

}  // namespace eagain::cli
