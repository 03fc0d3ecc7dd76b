#include "eagain/cli/shape.h"

namespace eagain::cli {
namespace {

OptionShape ShapeOf(const CLI::Option& option) {
  OptionShape shape;
  shape.positional = option.get_positional();
  if (shape.positional) {
    shape.names.push_back(option.get_name(true));
  }
  for (const std::string& name : option.get_snames()) {
    shape.names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    shape.names.push_back("--" + name);
  }
  if (option.get_items_expected_max() > 0 && !shape.positional) {
    shape.value = option.get_type_name();
  }
  shape.description = option.get_description();
  return shape;
}

}  // namespace

std::vector<VerbShape> ShapeOf(const CLI::App& app) {
  std::vector<VerbShape> verbs;
  for (const CLI::App* verb : app.get_subcommands(nullptr)) {
    if (verb->get_group().empty()) {
      continue;
    }
    VerbShape shape{.name = verb->get_name(),
                    .description = verb->get_description(),
                    .footer = verb->get_footer(),
                    .takes_command = verb->get_allow_extras(),
                    .options = {}};
    for (const CLI::Option* option : verb->get_options()) {
      if (!option->get_group().empty()) {
        shape.options.push_back(ShapeOf(*option));
      }
    }
    verbs.push_back(std::move(shape));
  }
  return verbs;
}

}  // namespace eagain::cli
