// The verbs of the command line, one file each (serve.cc, check.cc, ...). A verb adds its
// subcommand to the program and, when it is the one chosen, sets `action` to what is to be done;
// main.cc runs the action and exits with what it returns.
//
// Exit status, the same for every verb: 0 done, or the server conforms; 1 it does not; 2 bad usage,
// or no check chosen; 3 the harness itself failed; 4 only flaky.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace eagain::cli {

enum ExitStatus : int {
  kConforms = 0,
  kDoesNotConform = 1,
  kBadUsage = 2,
  kHarnessFailed = 3,
  kFlaky = 4,
};

using Action = std::function<int()>;

void AddClient(CLI::App& app, Action& action);
void AddServe(CLI::App& app, Action& action);
void AddTrigger(CLI::App& app, Action& action);

}  // namespace eagain::cli
