#include "eagain/driver/temporary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "eagain/driver/failure.h"

namespace eagain::driver {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryFolderTest, IsGoneWithAllThatIsInIt) {
  std::string path;
  {
    const TemporaryFolder folder("eagain-of-a-test-");
    path = folder.path();
    EXPECT_TRUE(fs::path(path).filename().string().starts_with("eagain-of-a-test-"));
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    fs::create_directories(fs::path(path) / "in" / "it");
    std::ofstream(fs::path(path) / "in" / "file") << "text";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryFolderTest, IsMadeInAnother) {
  const TemporaryFolder outer("eagain-of-a-test-");
  const TemporaryFolder inner("inner-", outer.path());
  EXPECT_EQ(fs::path(inner.path()).parent_path(), outer.path());
}

TEST(TemporaryFolderTest, SaysWhereNoneCanBeMade) {
  try {
    const TemporaryFolder folder("eagain-", "/nowhere");
    FAIL();
  } catch (const HarnessError& error) {
    EXPECT_TRUE(std::string(error.what()).find("/nowhere/eagain-") != std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace eagain::driver
