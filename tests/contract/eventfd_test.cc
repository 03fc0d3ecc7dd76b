// eventfd: a counter that can be waited for.
#include "contract_fixture.h"

namespace eagain {
namespace {

class EventfdContract : public ContractTest {
 protected:
  SysResult<size_t> put(const UniqueFd& fd, uint64_t value) {
    return sys.write(fd.get(), &value, sizeof value);
  }
  SysResult<size_t> take(const UniqueFd& fd) {
    taken = 0;
    return sys.read(fd.get(), &taken, sizeof taken);
  }
  uint64_t taken = 0;
};

TEST_P(EventfdContract, WritesAddUpAndAReadTakesAll) {
  UniqueFd fd = own(sys.eventfd(2, EFD_NONBLOCK));
  EXPECT_THAT(put(fd, 3), SysSucceedsWith(8u));
  EXPECT_THAT(take(fd), SysSucceedsWith(8u));
  EXPECT_EQ(taken, 5u);
  EXPECT_THAT(take(fd), SysFailsWith(EAGAIN));
}

TEST_P(EventfdContract, ASemaphoreIsTakenOneByOne) {
  UniqueFd fd = own(sys.eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE));
  EXPECT_THAT(take(fd), SysSucceedsWith(8u));
  EXPECT_EQ(taken, 1u);
  EXPECT_THAT(take(fd), SysSucceedsWith(8u));
  EXPECT_THAT(take(fd), SysFailsWith(EAGAIN));
}

TEST_P(EventfdContract, TooMuchIsEagainAndTheLargestIsEinval) {
  UniqueFd fd = own(sys.eventfd(0, EFD_NONBLOCK));
  EXPECT_THAT(put(fd, UINT64_MAX), SysFailsWith(EINVAL));
  EXPECT_THAT(put(fd, UINT64_MAX - 1), SysSucceedsWith(8u));
  EXPECT_EQ(mask(fd), uint32_t{EPOLLIN});
  EXPECT_THAT(put(fd, 1), SysFailsWith(EAGAIN));
  EXPECT_THAT(put(fd, 0), SysSucceedsWith(8u));
}

TEST_P(EventfdContract, LessThanEightBytesIsEinval) {
  UniqueFd fd = own(sys.eventfd(1, EFD_NONBLOCK));
  uint32_t small = 1;
  EXPECT_THAT(sys.write(fd.get(), &small, sizeof small), SysFailsWith(EINVAL));
  EXPECT_THAT(sys.read(fd.get(), &small, sizeof small), SysFailsWith(EINVAL));
  EXPECT_THAT(sys.eventfd(0, 0x12345), SysFailsWith(EINVAL));
}

TEST_P(EventfdContract, ReadableWhileCounted) {
  UniqueFd fd = own(sys.eventfd(0, EFD_NONBLOCK));
  EXPECT_EQ(mask(fd), uint32_t{EPOLLOUT});
  ASSERT_THAT(put(fd, 1), SysSucceeds());
  EXPECT_EQ(mask(fd), uint32_t{EPOLLIN | EPOLLOUT});
}

EAGAIN_CONTRACT(EventfdContract);

}  // namespace
}  // namespace eagain
