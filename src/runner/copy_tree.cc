#include "eagain/runner/copy_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace eagain::runner {
namespace {

namespace fs = std::filesystem;

// Deeper than anybody's sources; a path of so many folders has to fit, too.
constexpr int kDeepest = 100;

[[noreturn]] void Refuse(const fs::path& path, const std::string& why) {
  throw CopyError(fmt::format("cannot copy {}: {}", path.string(), why));
}

void Keep(const fs::path& copy, const struct stat& status) {
  const std::array<timespec, 2> times = {status.st_atim, status.st_mtim};
  utimensat(AT_FDCWD, copy.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
}

class Copy {
 public:
  explicit Copy(const CopyLimits& limits) : limits_(limits) {}

  void folder(const fs::path& from, const fs::path& to, int depth) {
    struct stat status {};
    if (stat(from.c_str(), &status) != 0) {
      Refuse(from, std::strerror(errno));
    }
    if (depth > kDeepest) {
      Refuse(from, fmt::format("folders are more than {} deep", kDeepest));
    }
    fs::create_directory(to);
    for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
      if (!limits_.leave_out || !limits_.leave_out(entry.path())) {
        one(entry.path(), to / entry.path().filename(), depth);
      }
    }
    chmod(to.c_str(), (status.st_mode & 0777U) | S_IRWXU);
    Keep(to, status);
  }
  uint64_t bytes() const { return bytes_; }

 private:
  void one(const fs::path& from, const fs::path& to, int depth) {
    struct stat status {};
    if (lstat(from.c_str(), &status) != 0) {
      Refuse(from, std::strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) {
      folder(from, to, depth + 1);
    } else if (S_ISLNK(status.st_mode)) {
      fs::copy_symlink(from, to);
    } else if (S_ISREG(status.st_mode)) {
      bytes_ += static_cast<uint64_t>(status.st_size);
      if (bytes_ > limits_.bytes) {
        Refuse(from, fmt::format("the folder holds more than {} MiB", limits_.bytes >> 20));
      }
      fs::copy_file(from, to);
      chmod(to.c_str(), (status.st_mode & 0777U) | S_IRUSR | S_IWUSR);
      Keep(to, status);
    }
  }

  const CopyLimits& limits_;
  uint64_t bytes_ = 0;
};

}  // namespace

uint64_t CopyTree(const std::string& from, const std::string& to, const CopyLimits& limits) {
  try {
    Copy copy(limits);
    copy.folder(from, to, 0);
    return copy.bytes();
  } catch (const fs::filesystem_error& error) {
    Refuse(error.path1(), error.code().message());
  }
}

void GiveTree(const std::string& folder, unsigned uid, unsigned gid) {
  const auto give = [&](const fs::path& path) {
    if (lchown(path.c_str(), uid, gid) != 0) {
      Refuse(path, fmt::format("it cannot be given to user {}: {}", uid, std::strerror(errno)));
    }
  };
  give(folder);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    give(entry.path());
  }
}

}  // namespace eagain::runner
