#include "eagain/fault/inject/program_sets.h"

#include <algorithm>

#include "eagain/fault/inject/program_memory.h"
#include "eagain/fault/sys/ready_events.h"

namespace eagain::fault {

ProgramPolls::ProgramPolls(pid_t tid, const Registers& before)
    : tid_(tid), address_(before.argument(0)) {
  constexpr uint64_t kMost = 1 << 20;  // beyond any limit of descriptors
  const uint64_t count = std::min(before.argument(1), kMost);
  entries_ = ReadMany<pollfd>(tid_, address_, count).value_or(std::vector<pollfd>{});
}

uint64_t ProgramPolls::waited_for() const { return WaitedFor(entries_.data(), entries_.size()); }

int ProgramPolls::keep(uint64_t most, uint64_t chance) {
  const int kept = KeepSome(entries_.data(), entries_.size(), most, chance);
  return WriteBytes(tid_, address_, entries_.data(), entries_.size() * sizeof(pollfd)) ? kept : -1;
}

ProgramSets::ProgramSets(pid_t tid, const Registers& before)
    : tid_(tid),
      count_(std::clamp(static_cast<int>(before.argument(0)), 0, FD_SETSIZE)),
      // The kernel reads and writes whole longs, and no more of them than needed.
      bytes_((static_cast<size_t>(count_) + 8 * sizeof(long) - 1) / (8 * sizeof(long)) *
             sizeof(long)) {
  for (size_t i = 0; i < sets_.size(); ++i) {
    Set& set = sets_[i];
    set.address = before.argument(static_cast<int>(i) + 1);
    set.present = set.address != 0 && ReadBytes(tid_, set.address, &set.bits, bytes_);
  }
}

fd_set* ProgramSets::bits(size_t index) {
  return sets_[index].present ? &sets_[index].bits : nullptr;
}

uint64_t ProgramSets::waited_for() const {
  auto* self = const_cast<ProgramSets*>(this);
  return WaitedFor(count_, self->bits(0), self->bits(1), self->bits(2));
}

int ProgramSets::keep(uint64_t most, uint64_t chance) {
  const int kept = KeepSome(count_, bits(0), bits(1), bits(2), most, chance);
  for (const Set& set : sets_) {
    if (set.present && !WriteBytes(tid_, set.address, &set.bits, bytes_)) {
      return -1;
    }
  }
  return kept;
}

}  // namespace eagain::fault
