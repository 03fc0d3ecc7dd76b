// Threads of the program's own: spawn and join.
#include "contract_fixture.h"

namespace eagain {
namespace {

constexpr size_t kStack = 128 * 1024;

using ThreadsContract = ContractTest;

TEST_P(ThreadsContract, ASpawnedThreadRunsToItsEndAndIsJoined) {
  int ran = 0;
  const SysResult<uint64_t> first = sys.spawn(kStack, [&ran] { ++ran; });
  ASSERT_TRUE(first.ok());
  ASSERT_THAT(sys.join(*first), SysSucceeds());
  EXPECT_EQ(ran, 1);
  const SysResult<uint64_t> second = sys.spawn(kStack, [&ran] { ++ran; });
  ASSERT_TRUE(second.ok());
  EXPECT_NE(*second, 0u);
  ASSERT_THAT(sys.join(*second), SysSucceeds());
  EXPECT_EQ(ran, 2);
}

TEST_P(ThreadsContract, WhatAThreadHoldsIsGoneWhenItIsJoined) {
  auto held = std::make_shared<int>(1);
  const SysResult<uint64_t> thread = sys.spawn(kStack, [held] {});
  ASSERT_TRUE(thread.ok());
  ASSERT_THAT(sys.join(*thread), SysSucceeds());
  EXPECT_EQ(held.use_count(), 1);
}

TEST_P(ThreadsContract, AThreadThatBlocksLetsTheOthersGoOnAndIsWokenByThem) {
  Pair both = pair();
  ASSERT_THAT(sys.fcntl(both.server.get(), F_SETFL, 0), SysSucceeds());
  SysResult<size_t> got = Fail(EPERM);
  const SysResult<uint64_t> thread = sys.spawn(kStack, [&] { got = recv(both.server); });
  ASSERT_TRUE(thread.ok());
  ASSERT_THAT(sys.shutdown(both.server.get(), SHUT_RD), SysSucceeds());
  ASSERT_THAT(sys.join(*thread), SysSucceeds());
  EXPECT_THAT(got, SysSucceedsWith(0u));
}

EAGAIN_CONTRACT(ThreadsContract);

}  // namespace
}  // namespace eagain
