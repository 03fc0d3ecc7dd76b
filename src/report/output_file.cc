#include "eagain/report/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace eagain::report {
namespace {

constexpr int kNewFile = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
constexpr mode_t kMode = 0666;  // less the umask

[[noreturn]] void Refuse(const std::string& path, int error) {
  throw OutputError(fmt::format("cannot write {}: {}", path, std::strerror(error)));
}

std::string BesideOf(const std::string& target) {
  return fmt::format("{}.{}.part", target, getpid());
}

// Closes it too. The errno, or 0.
int WriteAndClose(int fd, std::string_view text) {
  int error = 0;
  while (!text.empty() && error == 0) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<size_t>(count));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (::close(fd) != 0 && error == 0 && errno != EINTR) {
    error = errno;
  }
  return error;
}

}  // namespace

OutputFile::OutputFile(std::string path) : path_(std::move(path)), target_(path_) {
  if (is_standard_output()) {
    return;
  }
  if (path_.empty()) {
    throw OutputError("the name of the file is missing");
  }
  struct stat status {};
  if (stat(path_.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      Refuse(path_, EISDIR);
    }
    if (access(path_.c_str(), W_OK) != 0) {
      Refuse(path_, errno);
    }
    replaceable_ = S_ISREG(status.st_mode);
    if (char* resolved = realpath(path_.c_str(), nullptr); replaceable_ && resolved != nullptr) {
      target_ = resolved;
      std::free(resolved);
    }
  }
  if (replaceable_) {
    const int fd = open(BesideOf(target_).c_str(), kNewFile, kMode);
    if (fd < 0) {
      Refuse(path_, errno);
    }
    close(fd);
    unlink(BesideOf(target_).c_str());
  }
}

void OutputFile::write(std::string_view text) const {
  if (is_standard_output()) {
    if (const int error = WriteAndClose(dup(STDOUT_FILENO), text); error != 0) {
      Refuse("standard output", error);
    }
    return;
  }
  const std::string beside = BesideOf(target_);
  const int fd = replaceable_ ? open(beside.c_str(), kNewFile, kMode)
                              : open(target_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) {
    Refuse(path_, errno);
  }
  int error = WriteAndClose(fd, text);
  if (replaceable_ && error == 0 && rename(beside.c_str(), target_.c_str()) != 0) {
    error = errno;
  }
  if (error != 0) {
    if (replaceable_) {
      unlink(beside.c_str());
    }
    Refuse(path_, error);
  }
}

void OutputFile::append(std::string_view text) const {
  const int fd = open(target_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kMode);
  const int error = fd < 0 ? errno : WriteAndClose(fd, text);
  if (error != 0) {
    Refuse(path_, error);
  }
}

}  // namespace eagain::report
