// The nearest word, for "did you mean".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace eagain::fault {

// The candidate with the fewest typing slips (a letter too many, too few, wrong, or two swapped;
// case does not count), or "" if even that one is not near.
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace eagain::fault
