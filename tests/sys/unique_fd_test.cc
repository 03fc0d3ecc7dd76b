#include "eagain/sys/unique_fd.h"

#include <gtest/gtest.h>

#include "eagain/mocks/mock_sys.h"

namespace eagain {
namespace {

using testing::Return;
using testing::StrictMock;

TEST(UniqueFdTest, ClosesOnceWhenItGoesOutOfScope) {
  StrictMock<MockSys> sys;
  EXPECT_CALL(sys, close(5)).WillOnce(Return(Ok()));
  UniqueFd first(sys, 5);
  UniqueFd second(std::move(first));
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that it is empty is the promise
  EXPECT_EQ(second.get(), 5);
}

TEST(UniqueFdTest, CloseIsNotRetriedWhateverItAnswers) {
  StrictMock<MockSys> sys;
  EXPECT_CALL(sys, close(5)).WillOnce(Return(Fail(EINTR)));
  UniqueFd fd(sys, 5);
  fd.reset();
  fd.reset();
}

TEST(UniqueFdTest, AssignmentClosesWhatWasHeld) {
  StrictMock<MockSys> sys;
  EXPECT_CALL(sys, close(5)).WillOnce(Return(Ok()));
  UniqueFd fd(sys, 5);
  fd = UniqueFd(sys, 6);
  EXPECT_EQ(fd.release(), 6);
}

}  // namespace
}  // namespace eagain
