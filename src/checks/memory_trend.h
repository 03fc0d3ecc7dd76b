// Whether memory that is measured again and again keeps growing. A server that is right may grow
// for a while (a heap that fills for the first time, caches, threads' arenas) and then stops; one
// that keeps something of each client grows by the same amount for ever. So the trend decides and
// not an amount.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace eagain::checks {

class MemoryTrend {
 public:
  // Growth in all of the second half that is not worth a word: `may_grow` bytes.
  explicit MemoryTrend(uint64_t may_grow) : may_grow_(may_grow) {}

  // One more measurement, in bytes, each after the same number of clients.
  void add(uint64_t bytes) { measured_.push_back(bytes); }

  // The last four steps together added at most two pages: it has stopped growing.
  bool is_steady() const;
  // It has grown steadily through the second half of all steps: in most of them, by more than
  // `may_grow` altogether, and at the end no slower than half as fast as before. Asks for at least
  // eight steps.
  bool keeps_growing() const;

  uint64_t first() const { return measured_.front(); }
  uint64_t last() const { return measured_.back(); }

 private:
  size_t steps() const { return measured_.empty() ? 0 : measured_.size() - 1; }
  size_t late_steps() const { return steps() / 2; }
  // Growth from the measurement `from` steps before the last to the one `to` steps before it.
  int64_t growth(size_t from, size_t to) const;

  uint64_t may_grow_;
  std::vector<uint64_t> measured_;
};

}  // namespace eagain::checks
