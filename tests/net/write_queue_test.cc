#include "eagain/net/write_queue.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace eagain {
namespace {

void Append(WriteQueue& queue, std::string_view bytes) {
  queue.append({bytes.data(), bytes.size()});
}

std::string Front(const WriteQueue& queue) { return {queue.front().data(), queue.front().size()}; }

// Takes everything out, part by part.
std::string Drain(WriteQueue& queue) {
  std::string bytes;
  while (!queue.empty()) {
    bytes += Front(queue);
    queue.pop(queue.front().size());
  }
  return bytes;
}

TEST(WriteQueueTest, EmptyHoldsNoMemory) {
  const WriteQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.capacity(), 0u);
  EXPECT_TRUE(queue.front().empty());
  EXPECT_LE(sizeof(WriteQueue), sizeof(void*));
}

TEST(WriteQueueTest, AppendingNothingAllocatesNothing) {
  WriteQueue queue;
  queue.append({});
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.capacity(), 0u);
}

TEST(WriteQueueTest, BytesComeOutInTheOrderTheyWentIn) {
  WriteQueue queue;
  Append(queue, "first ");
  Append(queue, "second");
  EXPECT_EQ(queue.size(), 12u);
  EXPECT_EQ(Front(queue), "first second");
}

TEST(WriteQueueTest, APartialPopKeepsTheRest) {
  WriteQueue queue;
  Append(queue, "abcdef");
  queue.pop(0);
  EXPECT_EQ(Front(queue), "abcdef");
  queue.pop(1);
  EXPECT_EQ(Front(queue), "bcdef");
  queue.pop(4);
  EXPECT_EQ(Front(queue), "f");
  EXPECT_EQ(queue.size(), 1u);
}

TEST(WriteQueueTest, TheLastPopGivesTheMemoryBack) {
  WriteQueue queue;
  Append(queue, std::string(5000, 'x'));
  EXPECT_GE(queue.capacity(), 5000u);
  queue.pop(5000);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.capacity(), 0u);
}

TEST(WriteQueueTest, BytesThatWrapStayInOrderAndNeedNoMoreMemory) {
  WriteQueue queue;
  Append(queue, std::string(1000, 'a'));
  const size_t capacity = queue.capacity();
  queue.pop(900);
  Append(queue, std::string(capacity - 100, 'b'));
  EXPECT_EQ(queue.capacity(), capacity);
  EXPECT_EQ(queue.size(), capacity);
  EXPECT_LT(queue.front().size(), capacity);
  EXPECT_EQ(Drain(queue), std::string(100, 'a') + std::string(capacity - 100, 'b'));
}

TEST(WriteQueueTest, GrowingKeepsWrappedBytesInOrder) {
  WriteQueue queue;
  Append(queue, std::string(1000, 'a'));
  queue.pop(900);
  Append(queue, std::string(500, 'b'));
  Append(queue, std::string(5000, 'c'));
  EXPECT_EQ(Drain(queue), std::string(100, 'a') + std::string(500, 'b') + std::string(5000, 'c'));
}

TEST(WriteQueueTest, CapacityIsLessThanTwiceWhatWaited) {
  WriteQueue queue;
  Append(queue, std::string(100'000, 'x'));
  EXPECT_LT(queue.capacity(), 200'000u);
}

TEST(WriteQueueTest, MovingLeavesTheSourceEmpty) {
  WriteQueue queue;
  Append(queue, "abc");
  WriteQueue other = std::move(queue);
  EXPECT_TRUE(queue.empty());  // NOLINT(bugprone-use-after-move): that is the question.
  EXPECT_EQ(Front(other), "abc");
}

TEST(WriteQueueDeathTest, MoreCannotBePoppedThanLiesInFront) {
  WriteQueue queue;
  Append(queue, "abc");
  EXPECT_DEATH(queue.pop(4), "count");
}

// Against the plainest model there is: a string.
TEST(WriteQueueTest, BehavesLikeAStringUnderRandomUse) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    WriteQueue queue;
    std::string model;
    char next = 0;
    for (int step = 0; step < 2000; ++step) {
      if (random() % 2 == 0) {
        std::string bytes(random() % 3000, '\0');
        for (char& byte : bytes) {
          byte = next++;
        }
        Append(queue, bytes);
        model += bytes;
      } else if (!queue.empty()) {
        const size_t count = random() % (queue.front().size() + 1);
        ASSERT_EQ(Front(queue), model.substr(0, queue.front().size()));
        queue.pop(count);
        model.erase(0, count);
      }
      ASSERT_EQ(queue.size(), model.size());
      ASSERT_EQ(queue.empty(), model.empty());
    }
    EXPECT_EQ(Drain(queue), model);
  }
}

}  // namespace
}  // namespace eagain
