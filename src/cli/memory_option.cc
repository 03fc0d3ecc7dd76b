#include "eagain/cli/memory_option.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "eagain/report/shell_quote.h"
#include "eagain/runner/bad_usage.h"
#include "eagain/runner/memory_pass.h"

namespace eagain::cli {
namespace {

using checks::Check;

constexpr const char* kFamily = "memory";

bool HasPort(const std::string& text) {
  return text.find("{port}") != std::string::npos || text.find("$PORT") != std::string::npos ||
         text.find("${PORT") != std::string::npos;
}

bool IsInstalled(const std::string& program) {
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/bin:/usr/bin";
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    if (access((std::string(rest.substr(0, end)) + "/" + program).c_str(), X_OK) == 0) {
      return true;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

// A shell reads the words, as in `eagain bench --vs`.
std::vector<std::string> SanitizedCommand(const std::string& text,
                                          const std::vector<std::string>& plain,
                                          const std::optional<uint16_t>& port) {
  if (text.find_first_not_of(" \t\n") == std::string::npos) {
    throw runner::BadUsage(
        "--sanitized '': no command; want the server built with sanitizers: --sanitized "
        "'./server_asan {port}'");
  }
  if (!HasPort(text) && !port && std::any_of(plain.begin(), plain.end(), HasPort)) {
    throw runner::BadUsage(
        fmt::format("--sanitized '{}': it is not told the port; want {{port}} in it, or --port N "
                    "if that is built in",
                    text));
  }
  return {"/bin/sh", "-c", "exec " + text};
}

// What --only and --skip choose of the catalogue, whatever the shard and the rubric.
runner::CheckList ChosenAtAll(runner::Choice choice) {
  choice.shard = {};
  choice.among = {};
  return runner::Choose(checks::CatalogueOf(checks::Role::kServer), choice);
}

}  // namespace

std::vector<std::string> MemoryArguments::words() const {
  if (sanitized) {
    return {"--sanitized", *sanitized};
  }
  if (!build_with.empty()) {
    return {"--sanitize", build_with};
  }
  return valgrind ? std::vector<std::string>{"--valgrind"} : std::vector<std::string>{};
}

void AddMemoryOptions(CLI::App& verb, MemoryArguments& arguments) {
  CLI::Option* sanitized =
      verb.add_option("--sanitized", arguments.sanitized,
                      "the server built with -fsanitize=address,undefined or =thread, as a shell's "
                      "command: the checks run on it a second time, for the memory checks")
          ->type_name("CMD");
  verb.add_flag("--valgrind", arguments.valgrind,
                "run the checks a second time under valgrind, for the memory checks (of a compiled "
                "server, without sanitizers)")
      ->excludes(sanitized);
}

void AddBuildSanitizedOption(CLI::App& verb, MemoryArguments& arguments, CLI::Option* build) {
  verb.add_option(
          "--sanitize", arguments.build_with,
          "build it a second time, with sanitizers in CFLAGS, CXXFLAGS and LDFLAGS, for the "
          "memory checks: address (address,undefined) or thread")
      ->transform(CLI::IsMember({"address", "thread"}))
      ->needs(build)
      ->excludes(verb.get_option("--sanitized"))
      ->excludes(verb.get_option("--valgrind"));
}

void ChooseMemoryChecks(const MemoryArguments& arguments, runner::Choice& choice) {
  const bool chosen =
      std::any_of(choice.only.begin(), choice.only.end(), [](const std::string& pattern) {
        const auto memory = checks::MemoryChecks();
        return std::any_of(memory.begin(), memory.end(),
                           [&](const Check& check) { return runner::Matches(pattern, check.id); });
      });
  if (arguments.given() && !choice.only.empty() && !chosen) {
    choice.only.emplace_back(kFamily);
  }
}

MemoryPlan MakeMemoryPlan(const MemoryArguments& arguments, const std::vector<std::string>& command,
                          const std::optional<uint16_t>& port, const runner::Choice& choice) {
  MemoryPlan plan;
  plan.words = arguments.words();
  if (!arguments.build_with.empty()) {
    plan.build_with = arguments.build_with;
    plan.command = {"/bin/sh", "-c", fmt::format("cd {} && exec \"$0\" \"$@\"", kSanitizedFolder)};
    plan.command.insert(plan.command.end(), command.begin(), command.end());
    plan.words = {"--sanitized", report::ShellCommand(command)};
  } else if (arguments.sanitized) {
    plan.command = SanitizedCommand(*arguments.sanitized, command, port);
  } else {
    if (!IsInstalled("valgrind")) {
      throw runner::BadUsage(
          "--valgrind: valgrind is not installed here (Debian: apt-get install valgrind)");
    }
    plan.tool = checks::MemoryTool::kValgrind;
    plan.command = command;
  }
  const std::span<const Check> catalogue = checks::CatalogueOf(checks::Role::kServer);
  runner::Choice among = choice;
  among.shard = {};
  const runner::CheckList chosen = runner::Choose(catalogue, among);
  if (std::none_of(chosen.begin(), chosen.end(),
                   [](const Check* check) { return runner::ConcernOf(*check).has_value(); })) {
    throw runner::BadUsage(fmt::format(
        "{}: no check of the family memory is chosen, so that there is nothing to watch for",
        plan.words.front()));
  }
  const runner::CheckList all = ChosenAtAll(choice);
  const bool only_memory = std::all_of(all.begin(), all.end(), [](const Check* check) {
    return runner::ConcernOf(*check).has_value();
  });
  plan.situations =
      runner::Situations(catalogue, only_memory ? ChosenAtAll(runner::Choice{}) : all);
  return plan;
}

}  // namespace eagain::cli
