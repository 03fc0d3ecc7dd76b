// The injector's own descriptors are kept at the top of what its limit allows, so that it can have a
// file of the program open under the program's own number: an epoll knows what it watches by both,
// epoll(7).
#pragma once

#include "eagain/sys/unique_fd.h"

namespace eagain::fault {

// Raises the soft limit to the hard one; once, before the others.
void PrepareDescriptors();

// The same file under a number at the top; the one handed in is closed. Empty when none is free.
UniqueFd MoveToTop(UniqueFd fd);

// Whether a number is none of the injector's own.
bool CanBorrowNumber(int fd);

// While it lives, `number` is the same file as `fd`. `in_use` is moved out of the way if it has that
// number.
class BorrowedNumber {
 public:
  BorrowedNumber(int fd, int number, UniqueFd& in_use);
  ~BorrowedNumber();
  BorrowedNumber(const BorrowedNumber&) = delete;
  BorrowedNumber& operator=(const BorrowedNumber&) = delete;
  explicit operator bool() const { return ok_; }

 private:
  int number_;
  bool ok_ = false;
  bool opened_ = false;
};

}  // namespace eagain::fault
