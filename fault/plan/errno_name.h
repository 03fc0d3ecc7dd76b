// The names of errno values. See errno(3).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eagain::fault {

// "EAGAIN"; "errno 4711" for a value without a name.
std::string ErrnoName(int number);

// The value of a name; EWOULDBLOCK is EAGAIN and EOPNOTSUPP is ENOTSUP, as on Linux.
std::optional<int> ErrnoNamed(std::string_view name);

// Every name, for suggestions.
std::vector<std::string> ErrnoNames();

}  // namespace eagain::fault
