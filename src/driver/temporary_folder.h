// A folder for temporary files, gone with the object whatever became of those who wrote there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace eagain::driver {

class TemporaryFolder {
 public:
  // Its name begins with `name`; it is made in `parent`, or, without one, where the system has its
  // temporary files (TMPDIR). Only this user may enter it. Throws HarnessError.
  explicit TemporaryFolder(std::string_view name, const std::filesystem::path& parent = {});
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace eagain::driver
