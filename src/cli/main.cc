#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "eagain/cli/verbs.h"
#include "eagain/cli/worker.h"
#include "eagain/runner/bad_usage.h"

#ifndef EAGAIN_VERSION
#error "EAGAIN_VERSION comes from the project() line of the top CMakeLists.txt"
#endif

namespace eagain::cli {
namespace {

// The bootstrap script hands on what it was called as; a server has no use for it.
std::string ProgramName(const char* own_name) {
  constexpr const char* kVariable = "EAGAIN_CALLED_AS";
  const char* called_as = std::getenv(kVariable);
  std::string name = called_as != nullptr ? called_as : own_name;
  unsetenv(kVariable);
  return name;
}

// Takes what follows the first "--" off the arguments. CLI11 would make sense of it - of "[a,b]",
// for one - and it is not ours to make sense of.
Invocation Split(std::vector<std::string>& arguments, const char* own_name) {
  Invocation invocation{.program = ProgramName(own_name), .command = std::nullopt};
  const auto separator = std::find(arguments.begin(), arguments.end(), "--");
  if (separator != arguments.end()) {
    invocation.command.emplace(separator + 1, arguments.end());
    arguments.erase(separator, arguments.end());
  }
  return invocation;
}

// One line, whatever was wrong.
std::string FailureMessage(const CLI::App* /*app*/, const CLI::Error& error) {
  return "eagain: " + std::string(error.what()) + " (--help says what can be given)\n";
}

int Run(std::vector<std::string> arguments, const char* own_name) {
  CLI::App app{"eagain: conformance and fault-injection suite for TCP servers", "eagain"};
  app.set_version_flag("--version", "eagain " EAGAIN_VERSION);
  app.require_subcommand(1);
  app.failure_message(FailureMessage);
  Action action;
  Invocation invocation = Split(arguments, own_name);
  AddBench(app, action, invocation);
  AddCheck(app, action, invocation);
  AddGrade(app, action, invocation);
  AddMerge(app, action, invocation);
  AddInit(app, action, invocation);
  AddList(app, action);
  AddExplain(app, action);
  AddInject(app, action, invocation);
  AddServe(app, action);
  AddClient(app, action);
  AddSimulate(app, action, invocation);
  AddTrigger(app, action);
  AddCompletion(app, action);
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(std::move(arguments));
    if (invocation.command) {
      throw runner::BadUsage("this verb takes no command after --");
    }
    return action();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kConforms : kBadUsage;
  } catch (const runner::BadUsage& error) {
    std::cerr << "eagain: " << error.what() << '\n';
    return kBadUsage;
  } catch (const std::exception& error) {
    std::cerr << "eagain: " << error.what() << '\n';
    return kHarnessFailed;
  }
}

}  // namespace
}  // namespace eagain::cli

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  // What `check` starts for each check: no verb for people, and in a hurry.
  if (arguments == std::vector<std::string>{eagain::cli::kWorkerVerb}) {
    eagain::cli::RunWorker();
  }
  return eagain::cli::Run(arguments, argc > 0 ? argv[0] : "eagain");
}
