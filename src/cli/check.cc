#include <memory>
#include <utility>

#include "eagain/cli/check_options.h"
#include "eagain/cli/check_run.h"
#include "eagain/cli/command_verb.h"
#include "eagain/cli/verbs.h"

namespace eagain::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  eagain check -- ./server {port}               {port} becomes the port; PORT in its environment too
  eagain check --port 8080 -- ./server          a server that always listens on 8080
  eagain check --strategy select -- python3 server.py {port}
  eagain check --only echo --only '*/reset*' -- ./server {port}
  eagain check --repeat 20 --only concurrency/second-client -- ./server {port}
  eagain check --sanitized './server_asan {port}' -- ./server {port}    built with -fsanitize=address
  eagain check --report json=report.json -- ./server {port}
  eagain check --role client -- python3 client.py {host} {port}

Exit status: 0 it conforms; 1 it does not; 2 bad usage, or no check chosen;
3 the harness itself failed, or the run was cut short; 4 only flaky.
`eagain explain ID` tells what a check is about, and how to mend what it finds.)";

struct Check {
  CheckArguments arguments;
  std::string program;
  std::vector<std::string> command;

  int run() {
    const CheckPlan plan = MakeCheckPlan(arguments, program, std::move(command));
    return HandOver(RunPlan(plan), plan);
  }
};

}  // namespace

void AddCheck(CLI::App& app, Action& action, Invocation& invocation) {
  auto check = std::make_shared<Check>();
  CLI::App* verb =
      app.add_subcommand("check", "start a server or a client, in any language, and check it");
  verb->footer(kExamples);
  TakesCommand(*verb);
  AddCheckOptions(*verb, check->arguments);
  verb->callback([check, verb, &action, &invocation] {
    RefuseExtras(*verb);
    check->program = invocation.program;
    check->command =
        std::exchange(invocation.command, std::nullopt).value_or(std::vector<std::string>{});
    action = [check] { return check->run(); };
  });
}

}  // namespace eagain::cli
