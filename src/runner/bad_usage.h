// BadUsage: what the user asked for cannot be done as asked. what() is one clear line, fit for
// standard error; the program then exits with status 2, before anything ran.
#pragma once

#include <stdexcept>

namespace eagain::runner {

class BadUsage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace eagain::runner
