// The outcome of a system call: a value or an errno, never both and never neither.
//
// A SysResult can be made in four ways only:
//   Ok(value)              the call succeeded
//   Fail(errno_value)      the call failed; errno_value is not 0
//   FromLibc<T>(rc)        rc is what libc returned: -1 means errno, anything else is the value
//   FromKernel<T>(answer)  what the system call itself answered: below 0 it is the errno, negated
//
// One of a number is a number itself, as the kernel answers: not negative, or an errno negated. It
// takes one register. See errno(3).
#pragma once

#include <cassert>
#include <cerrno>
#include <concepts>
#include <type_traits>
#include <utility>

namespace eagain {

// What Fail() makes; it turns into the SysResult of any type.
class SysFailure {
 public:
  int error() const { return errno_; }

 private:
  explicit SysFailure(int errno_value) : errno_(errno_value) { assert(errno_value > 0); }
  friend SysFailure Fail(int errno_value);
  int errno_;
};

inline SysFailure Fail(int errno_value) { return SysFailure(errno_value); }

template <typename T>
class [[nodiscard]] SysResult {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): `return Fail(EAGAIN);` is the point.
  SysResult(SysFailure failure) : value_(), errno_(failure.error()) {}

  bool ok() const { return errno_ == 0; }
  explicit operator bool() const { return ok(); }

  // The value. Only when ok().
  const T& value() const {
    assert(ok());
    return value_;
  }
  const T& operator*() const { return value(); }
  // The same, to be taken away. Once only.
  T take() {
    assert(ok());
    return std::move(value_);
  }

  // The errno, or 0 when ok().
  int error() const { return errno_; }

  bool operator==(const SysResult&) const = default;

 private:
  explicit SysResult(T value) : value_(std::move(value)), errno_(0) {}
  template <typename U>
  friend SysResult<U> Ok(U value);

  T value_;
  int errno_;
};

template <std::integral T>
class [[nodiscard]] SysResult<T> {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): as above.
  SysResult(SysFailure failure) : answer_(-failure.error()) {}

  bool ok() const { return answer_ >= 0; }
  explicit operator bool() const { return ok(); }

  T value() const {
    assert(ok());
    return static_cast<T>(answer_);
  }
  T operator*() const { return value(); }
  T take() const { return value(); }

  int error() const { return ok() ? 0 : static_cast<int>(-answer_); }

  bool operator==(const SysResult&) const = default;

 private:
  explicit SysResult(long answer) : answer_(answer) {}
  template <typename U>
  friend SysResult<U> Ok(U value);
  template <typename U>
  friend SysResult<U> FromKernel(long answer);

  long answer_;
};

// A call that answers only whether it succeeded.
template <>
class [[nodiscard]] SysResult<void> {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): as above.
  SysResult(SysFailure failure) : errno_(failure.error()) {}

  bool ok() const { return errno_ == 0; }
  explicit operator bool() const { return ok(); }
  int error() const { return errno_; }

  bool operator==(const SysResult&) const = default;

 private:
  SysResult() : errno_(0) {}
  friend SysResult<void> Ok();

  int errno_;
};

template <typename T>
SysResult<T> Ok(T value) {
  if constexpr (std::integral<T>) {
    assert(std::in_range<long>(value) && !std::cmp_less(value, 0));
    return SysResult<T>(static_cast<long>(value));
  } else {
    return SysResult<T>(std::move(value));
  }
}

inline SysResult<void> Ok() { return {}; }

template <typename T, typename Rc>
SysResult<T> FromLibc(Rc rc) {
  if (rc == Rc{-1}) {
    return Fail(errno);
  }
  if constexpr (std::is_void_v<T>) {
    return Ok();
  } else {
    return Ok(static_cast<T>(rc));
  }
}

template <typename T>
SysResult<T> FromKernel(long answer) {
  return SysResult<T>(answer);
}

}  // namespace eagain
