// ReceiveBuffers: the buffers into which a ring receives - provided to the kernel, which chooses one
// when bytes come, or, where it cannot, the server's own. Shared by all clients: an idle one has
// none.
#pragma once

#include <memory>
#include <vector>

#include "eagain/net/session.h"
#include "eagain/sys/ring.h"

namespace eagain {

class ReceiveBuffers {
 public:
  // As many clients as that can be served in one turn; the others come with the next.
  static constexpr unsigned kMost = 256;
  // So many are in use at first. Buffers are used in turn, and only what was used is memory: so more
  // come into use only when these have not sufficed.
  static constexpr unsigned kFirst = 16;

  // `ring` outlives this object. Provided, unless `may_provide` is false or the kernel cannot.
  ReceiveBuffers(Ring& ring, size_t bytes, bool may_provide);

  bool provided() const { return provided_; }
  bool any_free() const { return free_count_ > 0; }

  // A buffer of one's own; only if !provided() and any_free().
  int take();
  // The kernel has chosen one; only if provided().
  void chosen() { --free_count_; }
  // There were too few: twice as many from now on, up to kMost.
  void offer_more();
  // Valid until given back.
  std::span<char> operator[](int number);
  void give_back(int number);

 private:
  void offer(unsigned count);

  Ring& ring_;
  const size_t bytes_;
  bool provided_ = false;
  unsigned free_count_ = 0;
  unsigned in_use_ = 0;
  std::vector<int> free_;  // of one's own, numbers
  std::unique_ptr<char[]> memory_;
};

}  // namespace eagain
