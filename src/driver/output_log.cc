#include "eagain/driver/output_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "eagain/driver/wording.h"

namespace eagain::driver {

void OutputLog::append(std::string_view bytes) {
  const size_t room = std::min(kHead - head_.size(), bytes.size());
  head_.append(bytes.substr(0, room));
  bytes.remove_prefix(room);
  tail_.append(bytes);
  if (tail_.size() > 4 * kTail) {
    dropped_ += tail_.size() - kTail;
    tail_.erase(0, tail_.size() - kTail);
  }
}

std::string OutputLog::text() const {
  if (dropped_ == 0 && tail_.size() <= kTail) {
    return head_ + tail_;
  }
  const size_t surplus = tail_.size() - std::min(tail_.size(), kTail);
  return fmt::format("{}\n[... {} left out ...]\n{}", head_, Counted(dropped_ + surplus, "byte"),
                     tail_.substr(surplus));
}

}  // namespace eagain::driver
