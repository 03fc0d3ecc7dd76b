// The command line's shape: its verbs and options as CLI11 knows them, for what is made of them - the
// manual page and the shells' completions.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace eagain::cli {

struct OptionShape {
  std::vector<std::string> names;  // "--jobs"; "-v" and "--verbose"; of a positional "REPORT"
  bool positional = false;
  std::string value;  // what it takes: "FILE"; empty: nothing
  std::string description;
};

struct VerbShape {
  std::string name;
  std::string description;
  std::string footer;          // examples and exit status
  bool takes_command = false;  // after --
  std::vector<OptionShape> options;
};

// What is hidden from --help is left out.
std::vector<VerbShape> ShapeOf(const CLI::App& app);

std::string ManPage(const std::vector<VerbShape>& verbs, const std::string& version);

// `shell` is "bash", "zsh" or "fish".
std::string Completion(const std::vector<VerbShape>& verbs, const std::string& shell);

}  // namespace eagain::cli
