// Numbers, times and bytes as they stand in a report.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eagain::driver {

// "65,536"
std::string Grouped(uint64_t number);
// "1 byte", "65,536 bytes"; any noun with a regular plural.
std::string Counted(uint64_t number, std::string_view noun);
// "1.5 s", "40 ms"
std::string Duration(std::chrono::nanoseconds time);
// "recv(4), recv(5), futex"
std::string Joined(const std::vector<std::string>& parts);
// The bytes in quotes, with everything that is not printable ASCII escaped as in C; after `most`
// bytes it is cut and ends in "...".
std::string Excerpt(std::string_view bytes, size_t most = 32);

}  // namespace eagain::driver
