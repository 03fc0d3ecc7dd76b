#include "eagain/client/connect.h"

#include <gtest/gtest.h>

#include "eagain/mocks/mock_sys.h"
#include "eagain/net/listener.h"
#include "eagain/support/sys_matchers.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/sys_error.h"

namespace eagain {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::Return;
using testing::StrictMock;

constexpr int kFd = 5;

std::vector<std::string> Names(const std::vector<Address>& addresses) {
  std::vector<std::string> names;
  for (const Address& address : addresses) {
    names.push_back(ToString(address));
  }
  return names;
}

TEST(ResolveTest, LiteralsAndLocalhostNeedNoNameService) {
  EXPECT_EQ(Names(Resolve("127.0.0.2", 7)), std::vector<std::string>{"127.0.0.2:7"});
  EXPECT_EQ(Names(Resolve("::1", 7)), std::vector<std::string>{"[::1]:7"});
  EXPECT_EQ(Names(Resolve("localhost", 7)), (std::vector<std::string>{"127.0.0.1:7", "[::1]:7"}));
}

TEST(ResolveTest, ANameThatNobodyKnowsIsNamed) {
  try {
    Resolve("no such host", 7);
    FAIL() << "it is known";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("\"no such host\""));
  }
}

class ConnectTest : public testing::Test {
 protected:
  void SetUp() override {
    ON_CALL(sys_, socket).WillByDefault(Return(Ok(kFd)));
    ON_CALL(sys_, close).WillByDefault(Return(Ok()));
  }

  UniqueFd connect(const std::string& host) { return ConnectToFirst(sys_, Resolve(host, 7)); }

  std::string why_not(const std::string& host) {
    try {
      connect(host);
      return "connected";
    } catch (const SysError& error) {
      return error.what();
    }
  }

  testing::NiceMock<MockSys> sys_;
};

TEST_F(ConnectTest, TheNextAddressIsTriedWhenOneDoesNotAnswer) {
  EXPECT_CALL(sys_, socket(AF_INET, _, _));
  EXPECT_CALL(sys_, socket(AF_INET6, _, _));
  EXPECT_CALL(sys_, connect(kFd, _, _)).WillOnce(Return(Fail(ECONNREFUSED))).WillOnce(Return(Ok()));
  EXPECT_CALL(sys_, close(kFd)).Times(2);
  EXPECT_EQ(connect("localhost").get(), kFd);
}

TEST_F(ConnectTest, WhenNoneAnswersTheFirstIsReported) {
  EXPECT_CALL(sys_, connect(kFd, _, _)).WillOnce(Return(Fail(ECONNREFUSED)));
  EXPECT_CALL(sys_, socket(AF_INET, _, _));
  EXPECT_CALL(sys_, socket(AF_INET6, _, _)).WillOnce(Return(Fail(EAFNOSUPPORT)));
  EXPECT_THAT(why_not("localhost"),
              testing::AllOf(HasSubstr("127.0.0.1:7"), HasSubstr("ECONNREFUSED")));
}

TEST_F(ConnectTest, AnInterruptedConnectIsWaitedFor) {
  EXPECT_CALL(sys_, connect).WillOnce(Return(Fail(EINTR)));
  EXPECT_CALL(sys_, poll(_, 1, -1)).WillOnce(Return(Fail(EINTR))).WillOnce(Return(Ok(1)));
  EXPECT_CALL(sys_, getsockopt(kFd, SOL_SOCKET, SO_ERROR, _, _)).WillOnce(Return(Ok()));
  EXPECT_EQ(connect("127.0.0.1").get(), kFd);
}

TEST_F(ConnectTest, AnInterruptedConnectThatFailsLaterIsAFailure) {
  EXPECT_CALL(sys_, connect).WillOnce(Return(Fail(EINTR)));
  EXPECT_CALL(sys_, poll).WillOnce(Return(Ok(1)));
  EXPECT_CALL(sys_, getsockopt).WillOnce([](int, int, int, void* value, socklen_t*) {
    *static_cast<int*>(value) = ECONNREFUSED;
    return Ok();
  });
  EXPECT_THAT(why_not("127.0.0.1"), HasSubstr("ECONNREFUSED"));
}

TEST_F(ConnectTest, AnInterruptedConnectThatCannotBeWaitedForIsAFailure) {
  EXPECT_CALL(sys_, connect).WillRepeatedly(Return(Fail(EINTR)));
  EXPECT_CALL(sys_, poll).WillOnce(Return(Fail(ENOMEM))).WillOnce(Return(Ok(1)));
  EXPECT_THAT(why_not("127.0.0.1"), HasSubstr("ENOMEM"));
  EXPECT_CALL(sys_, getsockopt).WillOnce(Return(Fail(EBADF)));
  EXPECT_THAT(why_not("127.0.0.1"), HasSubstr("EBADF"));
}

TEST(ConnectOnTheKernelTest, ReachesAListenerAndIsRefusedWithoutOne) {
  KernelSys sys;
  Listener listener(sys, {});
  const std::vector<Address> addresses = Resolve("127.0.0.1", listener.port());
  EXPECT_TRUE(ConnectToFirst(sys, addresses));
  listener.close();
  EXPECT_THROW(ConnectToFirst(sys, addresses), SysError);
}

}  // namespace
}  // namespace eagain
