// Stacks for fibers, kept for the next fiber when one has ended: a simulation of a thousandth of a
// second has no time for mmap. Each has a guard page below it.
#pragma once

#include <boost/context/protected_fixedsize_stack.hpp>
#include <boost/context/stack_context.hpp>
#include <vector>

namespace eagain::sim {

class FiberStacks {
 public:
  // Servers keep read buffers on their stacks; memory is only taken for what is touched.
  static constexpr size_t kBytes = 512 * 1024;

  FiberStacks() = default;
  FiberStacks(const FiberStacks&) = delete;
  FiberStacks& operator=(const FiberStacks&) = delete;
  ~FiberStacks() {
    for (boost::context::stack_context& stack : free_) {
      allocator_.deallocate(stack);
    }
  }

  boost::context::stack_context take() {
    if (free_.empty()) {
      return allocator_.allocate();
    }
    boost::context::stack_context stack = free_.back();
    free_.pop_back();
    return stack;
  }
  void give_back(boost::context::stack_context stack) { free_.push_back(stack); }

 private:
  boost::context::protected_fixedsize_stack allocator_{kBytes};
  std::vector<boost::context::stack_context> free_;
};

// What Boost.Context asks for: a copyable allocator. `stacks` outlives the fiber.
class FiberStackAllocator {
 public:
  explicit FiberStackAllocator(FiberStacks& stacks) : stacks_(&stacks) {}
  boost::context::stack_context allocate() { return stacks_->take(); }
  void deallocate(boost::context::stack_context& stack) { stacks_->give_back(stack); }

 private:
  FiberStacks* stacks_;
};

}  // namespace eagain::sim
