#include "eagain/cli/fault_option.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "eagain/fault/plan/parser.h"

namespace eagain::cli {

void AddFaultOptions(CLI::App& verb, FaultArguments& arguments) {
  CLI::Option* plan = verb.add_option(
      "--fault", arguments.plan,
      "a fault plan: a file (*.plan), or its text: 'send short 1 on client every 3'");
  verb.add_option("--seed", arguments.seed, "seed of the plan's chances, instead of its own")
      ->needs(plan);
  verb.add_flag("--hostile", arguments.hostile, "allow faults that no kernel makes")->needs(plan);
}

std::optional<fault::Plan> ReadPlan(const FaultArguments& arguments) {
  fault::ParsedPlan parsed = fault::LoadPlan(arguments.plan, arguments.hostile);
  if (!parsed.ok()) {
    fmt::print(stderr, "{}", parsed.error_text());
    return std::nullopt;
  }
  return std::move(parsed.plan);
}

}  // namespace eagain::cli
