#include "eagain/cli/command_verb.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <string>
#include <vector>

#include "eagain/runner/bad_usage.h"

namespace eagain::cli {
namespace {

class CommandFormatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* verb, std::string /*name*/) const override {
    std::string words;
    for (const CLI::Option* option : verb->get_options()) {
      if (option->get_positional()) {
        words +=
            option->get_required() ? option->get_name() + ' ' : '[' + option->get_name() + "] ";
      }
    }
    return fmt::format("Usage: eagain {} [OPTIONS] {}-- COMMAND [ARGUMENT...]\n", verb->get_name(),
                       words);
  }
};

}  // namespace

void TakesCommand(CLI::App& verb) {
  verb.formatter(std::make_shared<CommandFormatter>());
  verb.allow_extras();
}

void RefuseExtras(const CLI::App& verb) {
  const std::vector<std::string> extras = verb.remaining();
  if (extras.empty()) {
    return;
  }
  if (extras.front().front() == '-') {
    throw runner::BadUsage(fmt::format("{} has no option {} (the server's own go after --)",
                                       verb.get_name(), extras.front()));
  }
  throw runner::BadUsage(fmt::format(
      "'{}' is not expected here; the server's command goes after --, as in: eagain {} -- {}",
      extras.front(), verb.get_name(), fmt::join(extras, " ")));
}

}  // namespace eagain::cli
