// Ring: the queues of io_uring(7), by which a program hands over calls and is told what they came to.
//
// Shared memory is not call-shaped, so a ring is not a set of methods of Sys; Sys makes it
// (io_uring_setup). There is one method for each thing that can be done with one: prepare a
// submission, submit (which may wait), go through the completions. Buffers that the kernel chooses
// from when bytes come are the ring's too, so that a receive that waits holds no memory.
//
// A form is the kernel's (kernel_ring.h, by liburing), GoogleMock's, and the simulated kernel's.
//
// Not thread-safe: the thread that first submits is the only one to use it from then on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "eagain/sys/sys_result.h"

namespace eagain {

// One call that is handed over. See io_uring_enter(2).
struct Submission {
  enum class Op : uint8_t {
    kAccept,   // accept4(fd, flags); with `multishot`, again and again
    kReceive,  // recv(fd, buffer, length, flags)
    // recv(fd, a buffer of those provided, flags): chosen when bytes come, not before; with
    // `multishot`, again and again until at least `length` bytes have come (EINVAL before Linux 6.17)
    kReceiveProvided,
    kSend,  // send(fd, buffer, length, flags)
    // once `fd` is ready for `flags` (POLLIN, ...); the other side's end counts, whatever they are
    kPoll,
    kCancel,  // the submission whose user_data is `target`, if it is still under way
  };
  Op op = Op::kPoll;
  int fd = -1;
  void* buffer = nullptr;  // has to last until the completion; kSend does not write to it
  size_t length = 0;       // bytes
  int flags = 0;
  bool multishot = false;
  // kSend, with MSG_DONTWAIT: there is a completion only if not everything was taken. Once it has been
  // handed over, all completions have been gone through and none was its own, everything was. For
  // kernels that have the limited multishot receive: those before Linux 6.1 may lose a count.
  bool silent = false;
  uint64_t target = 0;
  uint64_t user_data = 0;  // comes back with the completion
};

// What a submission came to.
struct Completion {
  uint64_t user_data = 0;
  int result = 0;     // what the call answers, or an errno, negative
  bool more = false;  // multishot: this was not the last one
  int buffer = -1;    // kReceiveProvided: the number of the buffer that was chosen

  bool ok() const { return result >= 0; }
  int error() const { return ok() ? 0 : -result; }
};

class Ring {
 public:
  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  virtual ~Ring() = default;

  // Makes `count` buffers (a power of two) of `bytes` each that can be provided: to begin with, all
  // are the caller's. Once at most. Fails where the kernel has no such thing (EINVAL, before Linux
  // 5.19).
  virtual SysResult<void> provide_buffers(unsigned count, size_t bytes) = 0;
  // The buffer of that number; the caller's from a completion that names it until given back, when
  // the kernel may choose it again.
  virtual std::span<char> buffer(int number) = 0;
  virtual void give_back(int number) = 0;

  // Puts a submission into the queue; what is in it is handed over with the next submit(). When the
  // queue is full, it is handed over at once.
  virtual SysResult<void> prepare(const Submission& submission) = 0;

  // io_uring_enter(2): hands over what is prepared, and waits until there is a completion, or
  // `timeout_ms` are over (-1: for ever; 0: does not wait). Time running out is no failure.
  virtual SysResult<void> submit(int timeout_ms) = 0;

  // Whether all that was prepared has been handed over. Not so if submit() failed, or the kernel
  // stopped at a submission that is broken: the next submit() goes on behind it.
  virtual bool all_handed_over() const = 0;

  // The next completion, if there is one: false when there is none. No system call.
  virtual bool next(Completion& completion) = 0;
};

}  // namespace eagain
