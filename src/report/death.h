// How a server died, as far as its exit and its last words tell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eagain/report/report.h"

namespace eagain::report {

// The lines of a text, without their ends.
std::vector<std::string_view> LinesOf(std::string_view text);

// Equal for deaths that look like one cause: the same exit after the same last lines, in which the
// details of the last one do not count. Empty when the server did not die, and when nothing but a
// signal tells how.
std::string DeathOf(const CheckReport& check);

// "exit status 1, UnicodeDecodeError"
std::string DeathInWords(const CheckReport& check);

}  // namespace eagain::report
