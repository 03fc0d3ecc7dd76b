// OutputLog: the beginning and the end of an output of any length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace eagain::driver {

class OutputLog {
 public:
  static constexpr size_t kHead = 32768;
  static constexpr size_t kTail = 32768;

  void append(std::string_view bytes);
  // What was appended; where that is over kHead + kTail bytes, a line stands for the middle.
  std::string text() const;

 private:
  std::string head_;
  std::string tail_;  // cut to kTail only now and then, so that appending stays cheap
  uint64_t dropped_ = 0;
};

}  // namespace eagain::driver
