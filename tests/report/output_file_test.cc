#include "eagain/report/output_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "eagain/support/folder_test.h"

namespace eagain::report {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class OutputFileTest : public FolderTest {
 protected:
  size_t files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }
  static std::string refusal(const std::string& path) {
    try {
      const OutputFile file(path);
    } catch (const OutputError& error) {
      return error.what();
    }
    return "(accepted)";
  }
};

TEST_F(OutputFileTest, IsNotThereBeforeItIsWritten) {
  const OutputFile file(folder_ / "r.json");
  EXPECT_EQ(files(), 0U);
  file.write("all");
  EXPECT_EQ(ContentsOf(folder_ / "r.json"), "all");
  EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFileTest, KeepsWhatIsThereUntilItIsReplaced) {
  std::ofstream(folder_ / "r.json") << "old, and longer";
  const OutputFile file(folder_ / "r.json");
  EXPECT_EQ(ContentsOf(folder_ / "r.json"), "old, and longer");
  struct stat before {};
  stat((folder_ / "r.json").c_str(), &before);
  file.write("new");
  struct stat after {};
  stat((folder_ / "r.json").c_str(), &after);
  EXPECT_EQ(ContentsOf(folder_ / "r.json"), "new");
  EXPECT_NE(before.st_ino, after.st_ino) << "it was overwritten in place";
}

TEST_F(OutputFileTest, WritesThroughALink) {
  std::ofstream(folder_ / "target") << "old";
  fs::create_symlink("target", folder_ / "link");
  OutputFile(folder_ / "link").write("new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(ContentsOf(folder_ / "target"), "new");
}

TEST_F(OutputFileTest, WritesToWhatIsNoRegularFile) {
  OutputFile("/dev/null").write("gone");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(OutputFileTest, RefusesWhatCannotBeWritten) {
  EXPECT_THAT(refusal(folder_ / "no/such/r.json"), HasSubstr("No such file or directory"));
  EXPECT_THAT(refusal(folder_), HasSubstr("Is a directory"));
  EXPECT_THAT(refusal("/proc/r.json"), HasSubstr("cannot write /proc/r.json: "));
  EXPECT_THAT(refusal(""), HasSubstr("missing"));
}

TEST_F(OutputFileTest, LeavesNothingBehindWhenTheFolderGoesAway) {
  fs::create_directory(folder_ / "gone");
  const OutputFile file(folder_ / "gone/r.json");
  fs::remove(folder_ / "gone");
  EXPECT_THROW(file.write("text"), OutputError);
  EXPECT_EQ(files(), 0U);
}

TEST_F(OutputFileTest, AddsToWhatOthersWrote) {
  const std::string path = folder_ / "shared";
  std::ofstream(path) << "theirs\n";
  OutputFile(path).append("ours\n");
  EXPECT_EQ(ContentsOf(path), "theirs\nours\n");
  OutputFile((folder_ / "new").string()).append("ours\n");
  EXPECT_EQ(ContentsOf(folder_ / "new"), "ours\n");
}

}  // namespace
}  // namespace eagain::report
