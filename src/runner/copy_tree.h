// A copy of a folder that others have filled, with whatever.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

namespace eagain::runner {

// A folder that cannot be copied; what() says what and why.
class CopyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct CopyLimits {
  uint64_t bytes = UINT64_MAX;                                  // of all files together
  std::function<bool(const std::string& path)> leave_out = {};  // of those in `from`
};

// Copies what is in `from` into `to`, which is made if it is not there: files and folders with their
// permissions and times, symbolic links as they are; what is neither (a socket, a FIFO, a device) is
// left out. Answers how many bytes there were. Throws CopyError.
uint64_t CopyTree(const std::string& from, const std::string& to, const CopyLimits& limits);

// Gives all of it to this user and group. Throws CopyError.
void GiveTree(const std::string& folder, unsigned uid, unsigned gid);

}  // namespace eagain::runner
