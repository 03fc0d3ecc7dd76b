#include "eagain/driver/temporary_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "eagain/driver/failure.h"

namespace eagain::driver {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder(std::string_view name, const fs::path& parent)
    : path_((parent.empty() ? fs::temp_directory_path() : parent) / fmt::format("{}XXXXXX", name)) {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw HarnessError(fmt::format("cannot make a folder for temporary files, {}: {}", path_,
                                   std::strerror(errno)));
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace eagain::driver
