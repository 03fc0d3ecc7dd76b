// Tells the sanitizers that the stack changes under them; without them, nothing at all.
// See <sanitizer/common_interface_defs.h> and <sanitizer/tsan_interface.h>.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define EAGAIN_ASAN_FIBERS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EAGAIN_ASAN_FIBERS 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define EAGAIN_TSAN_FIBERS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define EAGAIN_TSAN_FIBERS 1
#endif
#endif

#ifdef EAGAIN_ASAN_FIBERS
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef EAGAIN_TSAN_FIBERS
#include <sanitizer/tsan_interface.h>
#endif

namespace eagain::sim {

// One per stack. The first one's bounds are learnt when it is first left.
class FiberSwitch {
 public:
  // This is the stack that runs now.
  void adopt() {
#ifdef EAGAIN_TSAN_FIBERS
    tsan_ = __tsan_get_current_fiber();
#endif
  }
  // This will be a new fiber's stack.
  void create([[maybe_unused]] const void* bottom, [[maybe_unused]] size_t size) {
#ifdef EAGAIN_ASAN_FIBERS
    bottom_ = bottom;
    size_ = size;
#endif
#ifdef EAGAIN_TSAN_FIBERS
    tsan_ = __tsan_create_fiber(0);
#endif
  }
  // The fiber has ended and its stack was left for good.
  void destroy() {
#ifdef EAGAIN_TSAN_FIBERS
    __tsan_destroy_fiber(tsan_);
#endif
  }

  // Just before leaving this stack for `next`'s.
  void leave([[maybe_unused]] FiberSwitch& next, [[maybe_unused]] bool for_good) {
#ifdef EAGAIN_ASAN_FIBERS
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack_, next.bottom_, next.size_);
#endif
#ifdef EAGAIN_TSAN_FIBERS
    __tsan_switch_to_fiber(next.tsan_, 0);
#endif
  }
  // Just after arriving on this stack from `previous`'s.
  void arrive([[maybe_unused]] FiberSwitch& previous) {
#ifdef EAGAIN_ASAN_FIBERS
    __sanitizer_finish_switch_fiber(fake_stack_, &previous.bottom_, &previous.size_);
#endif
  }

 private:
#ifdef EAGAIN_ASAN_FIBERS
  void* fake_stack_ = nullptr;
  const void* bottom_ = nullptr;
  size_t size_ = 0;
#endif
#ifdef EAGAIN_TSAN_FIBERS
  void* tsan_ = nullptr;
#endif
};

}  // namespace eagain::sim
