// Words as they have to be typed into a shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace eagain::report {

// One word. Left as it is where a shell takes nothing in it as special ("{port}" too); in single
// quotes otherwise, or in $'...' when it has bytes that cannot be shown (bash, zsh, ksh).
std::string ShellQuoted(std::string_view word);

// All of them, with spaces between.
std::string ShellCommand(const std::vector<std::string>& words);

}  // namespace eagain::report
