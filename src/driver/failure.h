// How a check ends early. Thrown by a Peer or by a check; caught in one place, which makes the
// verdict.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace eagain::driver {

// The server did not do what is required. `expected` and `actual` are each a sentence or a short
// block, written for the student who reads them.
class Failure : public std::runtime_error {
 public:
  Failure(std::string expected, std::string actual)
      : std::runtime_error("expected: " + expected + "; actual: " + actual),
        expected_(std::move(expected)),
        actual_(std::move(actual)) {}

  const std::string& expected() const { return expected_; }
  const std::string& actual() const { return actual_; }

 private:
  std::string expected_;
  std::string actual_;
};

// The check does not apply here, or cannot be carried out on this machine; what() is the reason.
class Skip : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The harness's own trouble (no descriptors left, no process could be started): never the server's
// fault.
class HarnessError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace eagain::driver
