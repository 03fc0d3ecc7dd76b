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
  // As many clients as that are served at a time; the others wait until one is free. Buffers are used
  // in turn: with more of them each message finds its own out of the cache.
  static constexpr unsigned kCount = 16;

  // `ring` outlives this object. Provided, unless `may_provide` is false or the kernel cannot.
  ReceiveBuffers(Ring& ring, size_t bytes, bool may_provide);

  bool provided() const { return provided_; }
  unsigned free() const { return free_count_; }

  // A buffer of one's own; only if !provided() and free() > 0.
  int take();
  // The kernel has chosen one; only if provided().
  void chosen() { --free_count_; }
  // Valid until given back.
  std::span<char> operator[](int number);
  void give_back(int number);

 private:
  Ring& ring_;
  const size_t bytes_;
  bool provided_ = false;
  unsigned free_count_ = 0;
  std::vector<int> free_;  // of one's own, numbers
  std::unique_ptr<char[]> memory_;
};

}  // namespace eagain
