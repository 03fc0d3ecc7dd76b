// The tasks here are this program, which then waits until it has had some slots, and says how many.
#include "eagain/runner/process_pool.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <iostream>
#include <sstream>

#include "eagain/runner/spare_slots.h"
#include "eagain/support/folder_test.h"

namespace eagain::runner {
namespace {

class ProcessPoolTest : public FolderTest {
 protected:
  Task wait_for_slots(const std::string& name, int slots) const {
    return {.name = name,
            .folder = folder_,
            .log = folder_ / name,
            .argv = {"process_pool_test", "slots", std::to_string(slots)}};
  }
  std::string said(const std::string& name) const { return ContentsOf(folder_ / name); }

  std::ostringstream out_;
};

TEST_F(ProcessPoolTest, TheLastTaskGetsTheSlotsOfThoseThatAreDone) {
  EXPECT_TRUE(
      RunTasks({wait_for_slots("a", 0), wait_for_slots("b", 0), wait_for_slots("c", 2)}, 3, out_));
  EXPECT_EQ(said("c"), "had 2, and no more\n");
}

TEST_F(ProcessPoolTest, OneTaskAloneHasThemAll) {
  EXPECT_TRUE(RunTasks({wait_for_slots("a", 7)}, 8, out_));
  EXPECT_EQ(said("a"), "had 7, and no more\n");
}

TEST_F(ProcessPoolTest, NobodyHasMoreWhileTasksWait) {
  EXPECT_TRUE(RunTasks({wait_for_slots("a", 0), wait_for_slots("b", 0)}, 1, out_));
  EXPECT_EQ(said("a"), "had 0, and no more\n");
}

int WaitForSlots(int count) {
  SpareSlots slots(kSpareSlotsFd);
  for (int looks = 0; slots.taken() < count && looks < 30'000; ++looks) {
    usleep(1000);
    slots.take();
  }
  std::cout << "had " << slots.taken() << (slots.take() ? ", and more\n" : ", and no more\n");
  return 0;
}

}  // namespace
}  // namespace eagain::runner

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "slots") {
    return eagain::runner::WaitForSlots(std::stoi(argv[2]));
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
