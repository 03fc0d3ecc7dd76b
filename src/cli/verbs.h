// The verbs of the command line, one file each (serve.cc, check.cc, ...). A verb adds its
// subcommand to the program and, when it is the one chosen, sets `action` to what is to be done;
// main.cc runs the action and exits with what it returns.
//
// Exit status, the same for every verb: 0 done, or the server conforms; 1 it does not; 2 bad usage,
// or no check chosen; 3 the harness itself failed; 4 only flaky.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace eagain::cli {

enum ExitStatus : int {
  kConforms = 0,
  kDoesNotConform = 1,
  kBadUsage = 2,
  kHarnessFailed = 3,
  kFlaky = 4,
};

using Action = std::function<int()>;

// What was typed, besides what CLI11 reads.
struct Invocation {
  std::string program;  // what to type to call this program again: "eagain", "./eagain"
  // What follows the first "--", byte for byte: the command line of a server. A verb that has a use
  // for it takes it away; main.cc refuses what is left.
  std::optional<std::vector<std::string>> command;
};

void AddBench(CLI::App& app, Action& action, const Invocation& invocation);
void AddCheck(CLI::App& app, Action& action, Invocation& invocation);
void AddCompletion(CLI::App& app, Action& action);
void AddExplain(CLI::App& app, Action& action);
void AddGrade(CLI::App& app, Action& action, Invocation& invocation);
void AddInit(CLI::App& app, Action& action, Invocation& invocation);
void AddInject(CLI::App& app, Action& action, Invocation& invocation);
void AddList(CLI::App& app, Action& action);
void AddMerge(CLI::App& app, Action& action, const Invocation& invocation);
void AddClient(CLI::App& app, Action& action);
void AddServe(CLI::App& app, Action& action);
void AddSimulate(CLI::App& app, Action& action, const Invocation& invocation);
void AddTrigger(CLI::App& app, Action& action);

}  // namespace eagain::cli
