// Lockstep's templates, for its own sources.
#pragma once

#include <fmt/format.h>

#include <type_traits>
#include <utility>

#include "lockstep.h"

namespace eagain::differential {

template <typename T>
std::string Said(const SysResult<T>& result) {
  if (!result.ok()) {
    return strerrorname_np(result.error());
  }
  if constexpr (std::is_void_v<T>) {
    return "0";
  } else {
    return std::to_string(result.value());
  }
}

template <typename T>
void Lockstep::note(const std::string& text, const SysResult<T>& linux_says,
                    const SysResult<T>& sim_says) {
  ++calls_;
  listing_ += linux_says == sim_says ? fmt::format("  {};  // {}\n", text, Said(linux_says))
                                     : fmt::format("  {};  // Linux: {}, simulation: {}\n", text,
                                                   Said(linux_says), Said(sim_says));
}

template <typename Call>
Lockstep::Answer Lockstep::same(const std::string& text, Call call) {
  auto linux_says = call(linux_);
  auto sim_says = call(sim_);
  note(text, linux_says, sim_says);
  if (!(linux_says == sim_says)) {
    fail("the answers differ");
  }
  if constexpr (std::is_same_v<decltype(linux_says), SysResult<void>>) {
    return {0, linux_says.error()};
  } else {
    return {linux_says.ok() ? static_cast<uint64_t>(*linux_says) : 0, linux_says.error()};
  }
}

}  // namespace eagain::differential
