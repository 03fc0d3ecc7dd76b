#include "eagain/sys/sys_error.h"

#include <gtest/gtest.h>

namespace eagain {
namespace {

TEST(SysErrorTest, SaysWhatFailedAndWhyWithTheErrnoByName) {
  const SysError error("cannot listen on 127.0.0.1:80", EACCES);
  EXPECT_STREQ(error.what(), "cannot listen on 127.0.0.1:80: Permission denied (EACCES)");
  EXPECT_EQ(error.error(), EACCES);
}

TEST(SysErrorTest, AnErrnoWithoutANameIsANumber) { EXPECT_EQ(DescribeErrno(9999), "errno 9999"); }

}  // namespace
}  // namespace eagain
