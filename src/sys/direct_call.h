// DirectCall: a system call without the C library's function for it, as liburing makes its own. Where
// a server makes three for each message, what that function does around the call - may this thread be
// cancelled? the errno, into the thread's own storage - is more than all that the syscall layer adds.
//
// It answers what the kernel does: a value, or an errno, negated. See syscall(2), "Architecture
// calling conventions".
//
// EAGAIN_DIRECT_CALLS is defined where there is such a thing: on x86-64, unless a sanitizer, which
// replaces the C library's functions, is to see the call.
#pragma once

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define EAGAIN_DIRECT_CALLS

#include <type_traits>

namespace eagain {

template <typename T>
long InRegister(T argument) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<long>(argument);
  } else {
    return static_cast<long>(argument);
  }
}

template <typename First, typename Second, typename Third, typename Fourth = int,
          typename Fifth = int>
long DirectCall(long number, First first, Second second, Third third, Fourth fourth = {},
                Fifth fifth = {}) {
  const long one = InRegister(first);
  const long two = InRegister(second);
  const long three = InRegister(third);
  const long four = InRegister(fourth);
  const long five = InRegister(fifth);
  // From here on nothing is called, which might use these registers itself.
  register long rdi asm("rdi") = one;
  register long rsi asm("rsi") = two;
  register long rdx asm("rdx") = three;
  register long r10 asm("r10") = four;
  register long r8 asm("r8") = five;
  register long r9 asm("r9") = 0;
  long answer;
  asm volatile("syscall"
               : "=a"(answer)
               : "a"(number), "r"(rdi), "r"(rsi), "r"(rdx), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return answer;
}

}  // namespace eagain

#endif
