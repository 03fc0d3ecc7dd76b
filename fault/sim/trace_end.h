// The end of a trace, where it went wrong.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace eagain::sim {

// The last lines, as many as a report shows.
inline std::string EndOfTrace(std::string_view trace, size_t lines = 40) {
  size_t from = trace.size();
  for (; lines > 0 && from > 0; --lines) {
    from = from >= 2 ? trace.rfind('\n', from - 2) + 1 : 0;
  }
  return std::string(trace.substr(from));
}

}  // namespace eagain::sim
