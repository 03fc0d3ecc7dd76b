#include "eagain/runner/copy_tree.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "eagain/support/folder_test.h"

namespace eagain::runner {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class CopyTreeTest : public FolderTest {
 protected:
  CopyTreeTest() {
    fs::create_directories(from_() / "deep");
    std::ofstream(from_() / "deep/file") << "text";
  }
  fs::path from_() const { return folder_ / "from"; }
  fs::path to_() const { return folder_ / "to"; }
  std::string refusal(const CopyLimits& limits = {}) const {
    try {
      CopyTree(from_(), to_(), limits);
    } catch (const CopyError& error) {
      return error.what();
    }
    return "copied";
  }
};

TEST_F(CopyTreeTest, KeepsPermissionsTimesAndLinks) {
  fs::permissions(from_() / "deep/file", fs::perms::owner_read | fs::perms::owner_exec);
  fs::last_write_time(from_() / "deep/file",
                      fs::file_time_type::clock::now() - std::chrono::hours(5));
  fs::create_symlink("/nowhere", from_() / "link");
  EXPECT_EQ(CopyTree(from_(), to_(), {}), 4);
  EXPECT_EQ(fs::last_write_time(to_() / "deep/file"), fs::last_write_time(from_() / "deep/file"));
  EXPECT_EQ(fs::read_symlink(to_() / "link"), "/nowhere");
  EXPECT_EQ(fs::status(to_() / "deep/file").permissions(), fs::perms::owner_all)
      << "its copy can be written to";
}

TEST_F(CopyTreeTest, LeavesOutWhatItIsToldAndWhatIsNoFile) {
  std::ofstream(from_() / "rubric.toml") << "secret";
  ASSERT_EQ(mkfifo((from_() / "fifo").c_str(), 0600), 0);
  CopyTree(from_(), to_(), {.leave_out = [&](const std::string& path) {
             return path == (from_() / "rubric.toml").string();
           }});
  EXPECT_FALSE(fs::exists(to_() / "rubric.toml"));
  EXPECT_FALSE(fs::exists(to_() / "fifo"));
  EXPECT_TRUE(fs::exists(to_() / "deep/file"));
}

TEST_F(CopyTreeTest, RefusesWhatIsTooLargeTooDeepOrNotThere) {
  EXPECT_THAT(refusal({.bytes = 3}), HasSubstr("holds more than"));
  fs::remove_all(to_());
  fs::path deep = from_();
  for (int depth = 0; depth < 120; ++depth) {
    deep /= "d";
    fs::create_directory(deep);
  }
  EXPECT_THAT(refusal(), HasSubstr("deep"));
  fs::remove_all(from_());
  EXPECT_THAT(refusal(), HasSubstr("No such file"));
}

}  // namespace
}  // namespace eagain::runner
