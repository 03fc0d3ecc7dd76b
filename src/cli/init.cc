// eagain init gradescope|github|classroom50 DIR: an autograder that works, for one of the places where
// grades are read.
#include <elf.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "eagain/cli/command_verb.h"
#include "eagain/cli/grade_plan.h"
#include "eagain/cli/init_files.h"
#include "eagain/cli/verbs.h"
#include "eagain/report/shell_quote.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::cli {
namespace {

namespace fs = std::filesystem;
using runner::BadUsage;

constexpr const char* kExamples = R"(Examples:
  eagain init gradescope autograder --build make -- ./server {port}
  eagain init github lab2 --rubric rubric.toml -- python3 server.py {port}
  eagain init classroom50 autograders/lab2 --build make -- ./server {port}
  eagain init gradescope autograder --role client -- python3 client.py {host} {port}

Writes an autograder into DIR: this program, a rubric to begin with, and what the place needs that
is to run it. Nothing that is there is overwritten.
  gradescope   setup.sh and run_autograder; zip what is in DIR, and upload that
  github       a workflow that grades each push to the repository DIR
  classroom50  autograder.py, for CLASSROOM/autograders/ASSIGNMENT)";

struct Init {
  std::string kind;
  std::string folder;
  std::string role;    // as typed; "": what the rubric says
  std::string rubric;  // "": one to begin with
  std::string build;
  std::vector<std::string> command;

  int run() const;

 private:
  struct Written {
    fs::path path;
    std::string text;
  };
  checks::Role role_of_submissions() const;
  std::vector<Written> files(checks::Role of) const;
  std::string filled(std::string text) const;
};

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Replace(std::string& text, std::string_view name, const std::string& value) {
  if (const size_t at = text.find(name); at != std::string::npos) {
    text.replace(at, name.size(), value);
  }
}

// Whether it runs only where the libraries are that it was linked with (elf(5), PT_INTERP).
bool NeedsLibraries(std::string_view program) {
  Elf64_Ehdr header;
  if (program.size() < sizeof header) {
    return false;
  }
  program.copy(reinterpret_cast<char*>(&header), sizeof header);
  for (size_t at = 0; at < header.e_phnum; ++at) {
    Elf64_Phdr part;
    const size_t offset = header.e_phoff + at * header.e_phentsize;
    if (offset + sizeof part > program.size()) {
      break;
    }
    program.copy(reinterpret_cast<char*>(&part), sizeof part, offset);
    if (part.p_type == PT_INTERP) {
      return true;
    }
  }
  return false;
}

void WriteFile(const fs::path& path, std::string_view text, bool executable) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) {
    throw BadUsage(fmt::format("cannot write {}", path.string()));
  }
  if (executable) {
    fs::permissions(path, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                    fs::perm_options::add);
  }
}

bool IsScript(std::string_view text) { return text.starts_with("#!") || text.starts_with("\x7f"); }

std::string Init::filled(std::string text) const {
  Replace(text, "{{options}}", build.empty() ? "" : "--build " + report::ShellQuoted(build) + " ");
  Replace(text, "{{command}}", report::ShellCommand(command));
  return text;
}

// Refuses what is wrong with the rubric.
checks::Role Init::role_of_submissions() const {
  if (rubric.empty()) {
    return RoleNamed(role);
  }
  const checks::Role said = ReadRubric(rubric).role;
  if (!role.empty() && RoleNamed(role) != said) {
    throw BadUsage(
        fmt::format("--role {0}: the rubric {1} is of a {2}; its line for this is role = \"{0}\"",
                    role, rubric, RoleName(said)));
  }
  return said;
}

std::vector<Init::Written> Init::files(checks::Role of) const {
  std::vector<Written> files;
  for (const InitFile& file : InitFiles()) {
    if (file.kind != kind) {
      continue;
    }
    const fs::path path = fs::path(folder) / file.path;
    files.push_back({path, filled(std::string(file.text))});
    if (path.filename() == "grade.sh") {
      const std::string_view first = FirstRubric(of);
      files.push_back({path.parent_path() / "rubric.toml",
                       rubric.empty() ? std::string(first) : Contents(rubric)});
      files.push_back({path.parent_path() / "eagain", Contents("/proc/self/exe")});
    }
  }
  return files;
}

int Init::run() const {
  const checks::Role of = role_of_submissions();
  RequireCommand(command, of, std::nullopt);
  const std::vector<Written> files = this->files(of);
  for (const Written& file : files) {
    if (fs::exists(fs::symlink_status(file.path))) {
      throw BadUsage(fmt::format("{} is there already: it is not overwritten", file.path.string()));
    }
  }
  try {
    for (const Written& file : files) {
      WriteFile(file.path, file.text, IsScript(file.text));
      std::cout << file.path.string() << '\n';
      if (file.path.filename() == "eagain" && NeedsLibraries(file.text)) {
        std::cerr
            << "eagain: this program needs libraries of this machine, and runs only where the "
               "same are: ./eagain init, in the sources, links it with none\n";
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw BadUsage(error.what());
  }
  return kConforms;
}

}  // namespace

void AddInit(CLI::App& app, Action& action, Invocation& invocation) {
  auto init = std::make_shared<Init>();
  CLI::App* verb =
      app.add_subcommand("init", "write an autograder for Gradescope, GitHub or others");
  verb->footer(kExamples);
  verb->add_option("WHERE", init->kind, "where grades are read")
      ->required()
      ->check(CLI::IsMember({"gradescope", "github", "classroom50"}));
  verb->add_option("DIR", init->folder, "where the files go; made if it is not there")->required();
  verb->add_option("--role", init->role,
                   "what submissions are: server, client (default: what the rubric says; server)")
      ->check(CLI::IsMember({"server", "client"}))
      ->type_name("ROLE");
  verb->add_option("--rubric", init->rubric, "instead of a rubric to begin with")
      ->type_name("FILE");
  verb->add_option("--build", init->build, "a shell's command line that builds a submission")
      ->type_name("CMD");
  TakesCommand(*verb);
  verb->callback([init, verb, &action, &invocation] {
    RefuseExtras(*verb);
    init->command =
        std::exchange(invocation.command, std::nullopt).value_or(std::vector<std::string>{});
    action = [init] { return init->run(); };
  });
}

}  // namespace eagain::cli
