#include "eagain/fault/inject/own_descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "eagain/fault/inject/taken_descriptor.h"

namespace eagain::fault {
namespace {

constexpr int kLastStandard = 2;
int top = 512;

}  // namespace

void PrepareDescriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return;
  }
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  // The kernel makes the table as long as the highest number: not all of it.
  constexpr rlim_t kHighest = 65536;
  top = static_cast<int>(std::min(limit.rlim_cur, kHighest) * 3 / 4);
}

UniqueFd MoveToTop(UniqueFd fd) { return Own(::fcntl(fd.get(), F_DUPFD_CLOEXEC, top)); }

bool CanBorrowNumber(int fd) { return fd > kLastStandard && fd < top; }

BorrowedNumber::BorrowedNumber(int fd, int number, UniqueFd& in_use) : number_(number) {
  if (!CanBorrowNumber(number)) {
    return;
  }
  if (in_use.get() == number) {
    in_use = MoveToTop(std::move(in_use));
    if (!in_use) {
      return;
    }
  }
  opened_ = fd != number;
  ok_ = !opened_ || ::dup3(fd, number, O_CLOEXEC) == number;
}

BorrowedNumber::~BorrowedNumber() {
  if (ok_ && opened_) {
    ::close(number_);
  }
}

}  // namespace eagain::fault
