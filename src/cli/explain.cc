#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "eagain/checks/check.h"
#include "eagain/cli/verbs.h"
#include "eagain/report/style.h"
#include "eagain/runner/selection.h"

namespace eagain::cli {
namespace {

void Explain(const checks::Check& check, const report::Style& style) {
  const auto paragraph = [&](std::string_view text) {
    std::cout << "  " << report::Wrapped(text, 2, style.width) << '\n';
  };
  std::cout << style.bold(check.id) << " (" << checks::LevelName(check.level) << ")\n";
  paragraph(check.requirement);
  std::cout << '\n';
  paragraph(fmt::format("Why: {}", check.why));
  paragraph(fmt::format("Source: {}", check.source));
  if (const std::string_view text = checks::Explanation(check.id); !text.empty()) {
    std::cout << '\n' << text << (text.back() == '\n' ? "" : "\n");
  }
}

int ExplainAll(const std::vector<std::string>& patterns) {
  runner::CheckList named;
  for (const std::string& pattern : patterns) {
    for (const checks::Check* check : runner::Named(checks::Catalogue(), pattern)) {
      named.push_back(check);
    }
  }
  const report::Style style = report::StyleOf(STDOUT_FILENO);
  const char* separator = "";
  for (const checks::Check* check : named) {
    std::cout << separator;
    Explain(*check, style);
    separator = "\n";
  }
  return kConforms;
}

}  // namespace

void AddExplain(CLI::App& app, Action& action) {
  auto patterns = std::make_shared<std::vector<std::string>>();
  CLI::App* verb =
      app.add_subcommand("explain", "what a check is about, and how to mend what it finds");
  verb->add_option("check", *patterns, "an id, a family or a glob")->required();
  verb->footer(
      "Examples:\n"
      "  eagain explain concurrency/second-client\n"
      "  eagain explain 'disconnect/reset*'\n"
      "  eagain explain lifecycle");
  verb->callback([patterns, &action] { action = [patterns] { return ExplainAll(*patterns); }; });
}

}  // namespace eagain::cli
