#include "eagain/sys/sys_result.h"

#include <gtest/gtest.h>

#include "eagain/support/sys_matchers.h"

namespace eagain {
namespace {

static_assert(!std::is_default_constructible_v<SysResult<int>>);
static_assert(!std::is_default_constructible_v<SysResult<void>>);
static_assert(!std::is_constructible_v<SysResult<int>, int>);

TEST(SysResultTest, OkHoldsTheValueAndNoErrno) {
  const SysResult<int> result = Ok(7);
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.value(), 7);
  EXPECT_EQ(result.error(), 0);
}

TEST(SysResultTest, FailHoldsTheErrno) {
  const SysResult<int> result = Fail(EAGAIN);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.error(), EAGAIN);
}

TEST(SysResultTest, FromLibcReadsErrnoOnMinusOneOnly) {
  errno = EPIPE;
  EXPECT_THAT(FromLibc<size_t>(ssize_t{-1}), SysFailsWith(EPIPE));
  EXPECT_THAT(FromLibc<size_t>(ssize_t{3}), SysSucceedsWith(3));
  EXPECT_THAT(FromLibc<void>(0), SysSucceeds());
  EXPECT_THAT(FromLibc<void>(-1), SysFailsWith(EPIPE));
}

TEST(SysResultTest, FromKernelReadsTheErrnoBelowZero) {
  EXPECT_THAT(FromKernel<size_t>(-EPIPE), SysFailsWith(EPIPE));
  EXPECT_THAT(FromKernel<size_t>(0), SysSucceedsWith(0));
  EXPECT_THAT(FromKernel<size_t>(3), SysSucceedsWith(3));
}

TEST(SysResultDeathTest, AValueCannotBeTakenFromAFailure) {
  const SysResult<int> result = Fail(EBADF);
  EXPECT_DEATH(static_cast<void>(result.value()), "ok");
}

TEST(SysResultDeathTest, ANumberIsNotNegative) {
  EXPECT_DEATH(static_cast<void>(Ok(-1).ok()), "value");
}

TEST(SysResultDeathTest, AFailureNeedsAnErrno) { EXPECT_DEATH(Fail(0), "errno_value"); }

}  // namespace
}  // namespace eagain
