// What shells complete: the verbs, their options, and files where an option takes one.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "eagain/cli/shape.h"

namespace eagain::cli {
namespace {

std::string Names(const std::vector<VerbShape>& verbs) {
  std::vector<std::string> names;
  std::transform(verbs.begin(), verbs.end(), std::back_inserter(names),
                 [](const VerbShape& verb) { return verb.name; });
  return fmt::format("{}", fmt::join(names, " "));
}

// In single quotes, as all three shells take it.
std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

std::string Bash(const std::vector<VerbShape>& verbs) {
  std::string cases;
  for (const VerbShape& verb : verbs) {
    std::vector<std::string> options;
    for (const OptionShape& option : verb.options) {
      if (!option.positional) {
        options.insert(options.end(), option.names.begin(), option.names.end());
      }
    }
    cases += fmt::format("    {}) words='{}' ;;\n", verb.name, fmt::join(options, " "));
  }
  return fmt::format(R"(# bash completion of eagain
_eagain() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} words= at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    [[ ${{COMP_WORDS[at]}} == -- ]] && return
  done
  if ((COMP_CWORD == 1)); then
    words='{} --help --version'
  elif [[ $word == -* ]]; then
    case ${{COMP_WORDS[1]}} in
{}    esac
  fi
  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -o bashdefault -o default -F _eagain eagain
)",
                     Names(verbs), cases);
}

// A colon ends a name, a bracket a description.
std::string ZshText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += std::string_view(":[]\\").find(c) != std::string_view::npos ? std::string("\\") + c
                                                                           : std::string(1, c);
  }
  return escaped;
}

std::string ZshOption(const OptionShape& option) {
  std::string specs;
  for (const std::string& name : option.names) {
    const std::string value =
        option.value.empty() ? "" : fmt::format(":{}:_files", ZshText(option.value));
    specs +=
        fmt::format(" \\\n        {}",
                    Quoted(fmt::format("*{}[{}]{}", name, ZshText(option.description), value)));
  }
  return specs;
}

std::string Zsh(const std::vector<VerbShape>& verbs) {
  std::string list;
  std::string cases;
  for (const VerbShape& verb : verbs) {
    list += fmt::format("    {}\n", Quoted(ZshText(verb.name) + ":" + verb.description));
    cases += fmt::format("    {})\n      _arguments", verb.name);
    for (const OptionShape& option : verb.options) {
      cases += option.positional ? "" : ZshOption(option);
    }
    cases += " \\\n        '*::word:_default'\n      ;;\n";
  }
  return fmt::format(R"(#compdef eagain
# zsh completion of eagain
_eagain() {{
  local -a verbs=(
{}  )
  if ((CURRENT == 2)); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  shift words
  ((CURRENT--))
  case $verb in
{}  esac
}}
if [[ $funcstack[1] == _eagain ]]; then # loaded from $fpath, by the completion that it is to answer
  _eagain "$@"
else
  compdef _eagain eagain
fi
)",
                     list, cases);
}

std::string Fish(const std::vector<VerbShape>& verbs) {
  std::string text = "# fish completion of eagain\n";
  for (const VerbShape& verb : verbs) {
    text += fmt::format("complete -c eagain -n __fish_use_subcommand -f -a {} -d {}\n", verb.name,
                        Quoted(verb.description));
    for (const OptionShape& option : verb.options) {
      if (option.positional) {
        continue;
      }
      text += fmt::format("complete -c eagain -n '__fish_seen_subcommand_from {}'", verb.name);
      for (const std::string& name : option.names) {
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      text +=
          fmt::format("{} -d {}\n", option.value.empty() ? "" : " -r", Quoted(option.description));
    }
  }
  return text;
}

}  // namespace

std::string Completion(const std::vector<VerbShape>& verbs, const std::string& shell) {
  return shell == "bash" ? Bash(verbs) : shell == "zsh" ? Zsh(verbs) : Fish(verbs);
}

}  // namespace eagain::cli
