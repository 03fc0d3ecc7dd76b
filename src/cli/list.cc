#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

#include "eagain/checks/check.h"
#include "eagain/cli/verbs.h"
#include "eagain/fault/plan/legality.h"
#include "eagain/report/style.h"
#include "eagain/servers/registry.h"

namespace eagain::cli {
namespace {

void ListChecks(const report::Style& style) {
  size_t widest = 0;
  for (const checks::Check& check : checks::Catalogue()) {
    widest = std::max(widest, check.id.size());
  }
  for (const checks::Check& check : checks::Catalogue()) {
    std::string level = fmt::format("{:<6}", checks::LevelName(check.level));
    std::cout << fmt::format("{:<{}}  {}  {}\n", check.id, widest,
                             check.level == checks::Level::kMust ? level : style.faint(level),
                             report::Wrapped(check.requirement, widest + 10, style.width));
  }
}

void ListStrategies(const report::Style& style) {
  size_t widest = 0;
  for (const Strategy& strategy : Strategies()) {
    widest = std::max(widest, strategy.name.size());
  }
  const std::string indent(widest + 2, ' ');
  for (const Strategy& strategy : Strategies()) {
    std::cout << fmt::format("{:<{}}  {}\n", strategy.name, widest,
                             report::Wrapped(strategy.summary, widest + 2, style.width));
    for (const DeclaredLimit& limit : strategy.limits) {
      const std::string text = fmt::format("cannot, by design: {}: {}", limit.checks, limit.reason);
      std::cout << indent << style.faint(report::Wrapped(text, widest + 4, style.width)) << '\n';
    }
  }
}

int List(const std::string& what) {
  const report::Style style = report::StyleOf(STDOUT_FILENO);
  if (what == "strategies") {
    ListStrategies(style);
  } else if (what == "faults") {
    std::cout << fault::RenderLegalityTable();
  } else {
    ListChecks(style);
  }
  return kConforms;
}

}  // namespace

void AddList(CLI::App& app, Action& action) {
  auto what = std::make_shared<std::string>("checks");
  CLI::App* verb = app.add_subcommand("list", "the checks, the strategies, the faults");
  verb->add_option("what", *what,
                   "checks, strategies (of the servers that come with it), or faults "
                   "(what the kernel may do to a program, and when)")
      ->check(CLI::IsMember({"checks", "strategies", "faults"}))
      ->capture_default_str();
  verb->footer("Examples:\n  eagain list\n  eagain list strategies");
  verb->callback([what, &action] { action = [what] { return List(*what); }; });
}

}  // namespace eagain::cli
