// Descriptor numbers: the lowest free one first, up to a limit, as POSIX says. 0, 1 and 2 are taken
// from the start (by what the simulation does not have), and cannot be used.
#pragma once

#include <vector>

#include "eagain/fault/sim/file.h"
#include "eagain/sys/sys_result.h"

namespace eagain::sim {

struct Descriptor {
  File* file = nullptr;
  bool close_on_exec = false;
};

class DescriptorTable {
 public:
  void reset(int limit) {
    table_.assign(kFirst, Descriptor{});
    limit_ = limit;
    lowest_free_ = kFirst;
    open_ = 0;
  }

  void set_limit(int limit) { limit_ = limit; }
  int limit() const { return limit_; }
  int open() const { return open_; }
  // One more than the highest number ever used.
  int size() const { return static_cast<int>(table_.size()); }

  // The file behind `fd`, or nullptr.
  File* find(int fd) const {
    return fd >= 0 && fd < size() ? table_[static_cast<size_t>(fd)].file : nullptr;
  }
  Descriptor& at(int fd) { return table_[static_cast<size_t>(fd)]; }

  // Whether there is a free number at all (from `from` on).
  bool room(int from = kFirst) const { return lowest_free(from) < limit_; }

  // EMFILE at the limit.
  SysResult<int> install(File& file, bool close_on_exec, int from = kFirst) {
    const int fd = lowest_free(from);
    if (fd >= limit_) {
      return Fail(EMFILE);
    }
    if (fd >= size()) {
      table_.resize(static_cast<size_t>(fd) + 1);
    }
    at(fd) = {&file, close_on_exec};
    if (fd == lowest_free_) {
      ++lowest_free_;
    }
    ++file.descriptors;
    ++open_;
    return Ok(fd);
  }

  // `fd` is open. The file is the caller's to end if nothing refers to it any more.
  File& remove(int fd) {
    File& file = *at(fd).file;
    at(fd) = {};
    lowest_free_ = fd < lowest_free_ ? fd : lowest_free_;
    --file.descriptors;
    --open_;
    return file;
  }

 private:
  static constexpr int kFirst = 3;

  int lowest_free(int from) const {
    int fd = from > lowest_free_ ? from : lowest_free_;
    while (find(fd) != nullptr) {
      ++fd;
    }
    return fd;
  }

  std::vector<Descriptor> table_;
  int limit_ = 0;
  int lowest_free_ = kFirst;  // no number below it is free
  int open_ = 0;
};

}  // namespace eagain::sim
