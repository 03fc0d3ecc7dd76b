// How a server died, as far as its exit and its last words tell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eagain/report/report.h"

namespace eagain::report {

// The lines of a text, without their ends.
std::vector<std::string_view> LinesOf(std::string_view text);

// Equal for failures that look like one cause: the same first line of what happened, and the same
// exit after the same last lines; numbers, and the details of the very last line, do not count.
// Empty when the server did not die, and when nothing but a signal tells how.
std::string DeathOf(const CheckReport& check);

// "exit status 1, UnicodeDecodeError"
std::string DeathInWords(const CheckReport& check);

}  // namespace eagain::report
