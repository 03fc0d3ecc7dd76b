// Log: what a server says about itself while it runs, one line at a time. Silent unless told
// otherwise.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string_view>
#include <utility>

namespace eagain {

enum class LogLevel { kError, kWarning, kInfo, kDebug };

class Log {
 public:
  using Sink = std::function<void(LogLevel level, std::string_view line)>;

  Log() = default;
  // Lines up to `level` go to `sink`, without a newline.
  Log(LogLevel level, Sink sink) : level_(level), sink_(std::move(sink)) {}

  template <typename... Args>
  void operator()(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
    if (sink_ && level <= level_) {
      sink_(level, fmt::format(format, std::forward<Args>(args)...));
    }
  }

 private:
  LogLevel level_ = LogLevel::kError;
  Sink sink_;
};

}  // namespace eagain
