// Servers of others, correct ones: no MUST of the catalogue may be held against them.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "program.h"

namespace eagain {
namespace {

struct Other {
  std::string name;
  std::vector<std::string> command;
  std::string breaks = "";  // what is known to be wrong with it, as --expect has it
};

class OthersTest : public testing::TestWithParam<Other> {};

TEST_P(OthersTest, NoRequirementIsSaidToBeBroken) {
  std::vector<std::string> arguments = {EAGAIN_PROGRAM, "check"};
  if (!GetParam().breaks.empty()) {
    const std::string known = testing::TempDir() + "/known-of-" + GetParam().name;
    std::ofstream(known) << GetParam().breaks;
    arguments.insert(arguments.end(), {"--expect", known});
  }
  arguments.emplace_back("--");
  const std::vector<std::string>& command = GetParam().command;
  arguments.insert(arguments.end(), command.begin(), command.end());
  Program program(arguments, std::chrono::minutes(14));
  program.end_input();
  EXPECT_EQ(program.wait(), 0) << program.output() << program.errors();
  EXPECT_THAT(program.output(), testing::HasSubstr("The server conforms."));
}

std::string Correct(const std::string& file) {
  return std::string(EAGAIN_CORRECT_SERVERS) + "/" + file;
}

INSTANTIATE_TEST_SUITE_P(
    Packages, OthersTest,
    testing::Values(Other{"python_asyncio_streams",
                          {"python3", Correct("asyncio_streams.py"), "{port}"}},
                    Other{"node_net_pipe", {"node", Correct("node_pipe.js"), "{port}"}},
                    Other{"socat_fork_cat",
                          {"socat", "TCP-LISTEN:{port},fork,reuseaddr", "EXEC:cat"},
                          "fault/accept-emfile it ends when accept finds no descriptor\n"}),
    [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace eagain
