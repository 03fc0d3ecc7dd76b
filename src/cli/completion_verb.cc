// eagain completion bash|zsh|fish|man: what the package installs, made of the definitions of the verbs.
#include <iostream>
#include <memory>

#include "eagain/cli/shape.h"
#include "eagain/cli/verbs.h"

namespace eagain::cli {

void AddCompletion(CLI::App& app, Action& action) {
  auto what = std::make_shared<std::string>();
  CLI::App* verb =
      app.add_subcommand("completion", "print a shell's completion, or the manual page");
  verb->footer(R"(Examples:
  source <(eagain completion bash)
  eagain completion man | man -l -)");
  verb->add_option("WHAT", *what, "bash, zsh, fish, or man")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "man"}));
  verb->callback([what, &app, &action] {
    action = [what, &app] {
      const std::vector<VerbShape> verbs = ShapeOf(app);
      std::cout << (*what == "man" ? ManPage(verbs, EAGAIN_VERSION) : Completion(verbs, *what));
      return kConforms;
    };
  });
}

}  // namespace eagain::cli
