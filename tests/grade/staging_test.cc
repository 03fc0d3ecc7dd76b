#include "eagain/grade/staging.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "eagain/runner/bad_usage.h"
#include "eagain/support/folder_test.h"

namespace eagain::grade {
namespace {

namespace fs = std::filesystem;
using testing::SizeIs;

class StagingTest : public FolderTest {
 protected:
  StagingTest() {
    fs::create_directory(folder_ / "lab");
    write("lab/server.py", "pass");
    write("lab/rubric.toml", "secret");
    write("tool", "#!/bin/sh\n");
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  StagingOptions options() const {
    return {.folder = folder_ / "lab",
            .leave_out = {folder_ / "lab/../lab/rubric.toml"},
            .command = {folder_ / "tool", folder_ / "lab/server.py", "/bin/sh", "/nonexistent"}};
  }
};

TEST_F(StagingTest, IsACopyWithoutTheGradersOwnFiles) {
  fs::path copy;
  {
    const Staging staging(options());
    copy = staging.folder();
    EXPECT_TRUE(fs::exists(copy / "server.py"));
    EXPECT_FALSE(fs::exists(copy / "rubric.toml"));
  }
  EXPECT_FALSE(fs::exists(copy)) << "it goes with its owner";
}

TEST_F(StagingTest, ShowsTheFilesThatTheCommandNames) {
  const Staging staging(options());
  const runner::Sandbox sandbox = staging.for_checks();
  EXPECT_EQ(sandbox.seen_as, folder_ / "lab");
  EXPECT_FALSE(sandbox.shared);
  EXPECT_TRUE(staging.for_build().shared);
  ASSERT_THAT(sandbox.shown, SizeIs(1)) << "the others are of the submission or the system";
  EXPECT_EQ(sandbox.shown[0].path, folder_ / "tool");
}

TEST_F(StagingTest, AFolderThatIsNotThereIsRefused) {
  StagingOptions bad = options();
  bad.folder = folder_ / "nobody";
  EXPECT_THROW(Staging{bad}, runner::BadUsage);
}

TEST_F(StagingTest, TheFingerprintChangesWithWhatIsInTheFolder) {
  const std::string lab = folder_ / "lab";
  const std::string before = FingerprintOf(lab, "salt");
  EXPECT_EQ(FingerprintOf(lab, "salt"), before);
  EXPECT_NE(FingerprintOf(lab, "pepper"), before);
  write("lab/server.py", "changed");
  const std::string changed = FingerprintOf(lab, "salt");
  EXPECT_NE(changed, before);
  fs::rename(folder_ / "lab/server.py", folder_ / "lab/other.py");
  EXPECT_NE(FingerprintOf(lab, "salt"), changed);
}

}  // namespace
}  // namespace eagain::grade
