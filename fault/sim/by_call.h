// What is kept of calls that are under way, each by its index (Moment::index). While one is late,
// others are made.
#pragma once

#include <cassert>
#include <cstdint>
#include <utility>
#include <vector>

namespace eagain::sim {

template <typename T>
class ByCall {
 public:
  void put(uint64_t index, T value) { kept_.emplace_back(index, std::move(value)); }

  // What was put for this call, which is forgotten.
  T take(uint64_t index) {
    size_t at = 0;
    while (kept_[at].first != index) {
      ++at;
      assert(at < kept_.size());
    }
    std::swap(kept_[at], kept_.back());
    T value = std::move(kept_.back().second);
    kept_.pop_back();
    return value;
  }

 private:
  std::vector<std::pair<uint64_t, T>> kept_;
};

}  // namespace eagain::sim
