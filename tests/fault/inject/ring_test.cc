// On a ring of the test's own: what its entries are changed to is what the kernel does.
#include "eagain/fault/inject/ring.h"

#include <gtest/gtest.h>
#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>

namespace eagain::fault {
namespace {

class RingTest : public testing::Test {
 protected:
  void SetUp() override {
    const int rc = io_uring_queue_init_params(8, &ring_, &params_);
    if (rc != 0) {
      GTEST_SKIP() << "there is no io_uring here";
    }
    made_ = true;
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair_), 0);
  }
  ~RingTest() override {
    if (made_) {
      io_uring_queue_exit(&ring_);
      ::close(pair_[0]);
      ::close(pair_[1]);
    }
  }

  io_uring_sqe& prepare_send(std::string_view bytes, int flags) {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    io_uring_prep_send(entry, pair_[0], bytes.data(), bytes.size(), flags);
    return *entry;
  }
  // Hands over the one entry, shortened.
  void submit_shortened(uint32_t most) {
    ring_.sq.array[0] = 0;
    __atomic_store_n(ring_.sq.ktail, 1, __ATOMIC_RELEASE);
    Ring seen(ring_.ring_fd, params_, 1);
    ASSERT_EQ(seen.entries().size(), 1U);
    seen.shorten(*seen.entries()[0], most);
    ASSERT_EQ(io_uring_enter(static_cast<unsigned>(ring_.ring_fd), 1, 0, 0, nullptr), 1);
    seen.restore();
  }
  // The result of the completion that is there; 0 when none is.
  int result() {
    io_uring_cqe* done = nullptr;
    if (io_uring_peek_cqe(&ring_, &done) != 0) {
      return 0;
    }
    const int result = done->res;
    io_uring_cqe_seen(&ring_, done);
    return result;
  }

  io_uring ring_{};
  io_uring_params params_{};
  bool made_ = false;
  int pair_[2] = {-1, -1};
};

// A kernel that takes less than was asked for with MSG_WAITALL has failed, of which there always is a
// completion.
TEST_F(RingTest, AShortSendThatWantedAllIsCompletedThoughSuccessIsNot) {
  prepare_send("hello", MSG_DONTWAIT | MSG_WAITALL).flags |= IOSQE_CQE_SKIP_SUCCESS;
  submit_shortened(2);
  EXPECT_EQ(result(), 2);
}

TEST_F(RingTest, AShortSendThatIsASuccessIsAsSilentAsThat) {
  prepare_send("hello", MSG_DONTWAIT).flags |= IOSQE_CQE_SKIP_SUCCESS;
  submit_shortened(2);
  EXPECT_EQ(result(), 0);
  char buffer[8];
  EXPECT_EQ(::recv(pair_[1], buffer, sizeof buffer, MSG_DONTWAIT), 2);
}

}  // namespace
}  // namespace eagain::fault
