#include <memory>
#include <utility>

#include "eagain/cli/check_options.h"
#include "eagain/cli/check_run.h"
#include "eagain/cli/command_verb.h"
#include "eagain/cli/grade_all.h"
#include "eagain/cli/grade_plan.h"
#include "eagain/cli/grade_run.h"
#include "eagain/cli/verbs.h"

namespace eagain::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  eagain grade --rubric rubric.toml -- ./server {port}
  eagain grade --rubric rubric.toml --build make --report json=report.json -- ./server {port}
  eagain grade --rubric rubric.toml --build make --sanitize address -- ./server {port}
  eagain grade --rubric rubric.toml --all submissions --jobs 4 -- python3 server.py {port}

The submission is the current folder; of it, the server and the build see a copy. (With
role = "client" in the rubric it is a client, told {host} and {port}.) They run in a
sandbox: no network but loopback, no other files, limits on memory, processes and time.
--all grades every folder in DIR; the reports, and class.html, class.csv and class.json, go to
--results. Interrupt it and run it again: it goes on where it stopped.

Exit status: 0 every check that counts passed; 1 some did not; 2 bad usage, or no check chosen;
3 the harness itself failed, or the run was cut short; 4 only flaky.)";

struct Grade {
  GradeArguments arguments;
  std::string program;
  std::vector<std::string> command;

  int run() {
    if (!arguments.all.empty()) {
      return GradeAll(arguments, program, command);
    }
    const GradePlan plan = MakeGradePlan(arguments, program, std::move(command));
    return HandOver(RunGrade(plan), plan.check);
  }
};

}  // namespace

void AddGrade(CLI::App& app, Action& action, Invocation& invocation) {
  auto grade = std::make_shared<Grade>();
  CLI::App* verb =
      app.add_subcommand("grade", "check a server, or a client, and give points by a rubric");
  verb->footer(kExamples);
  TakesCommand(*verb);
  AddGradeOptions(*verb, grade->arguments);
  verb->callback([grade, verb, &action, &invocation] {
    RefuseExtras(*verb);
    grade->program = invocation.program;
    grade->command =
        std::exchange(invocation.command, std::nullopt).value_or(std::vector<std::string>{});
    action = [grade] { return grade->run(); };
  });
}

}  // namespace eagain::cli
