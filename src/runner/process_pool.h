// Runs this program again, many times, some at a time, and tells how far it is.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace eagain::runner {

struct Task {
  std::string name;    // for people, as it is to be printed
  std::string folder;  // to run in
  std::string log;     // the file that takes its output and errors
  std::vector<std::string> argv;
};

// Where a task finds the slots that no other needs any more (eagain/runner/spare_slots.h).
inline constexpr int kSpareSlotsFd = 3;

// Runs all of them, at most `jobs` at a time, with a line for each that ends, and what is left by
// estimate. SIGINT, SIGTERM and SIGHUP end those that run (SIGTERM, so that they can write what they
// have) and start no more; so does the end of this program, for whatever reason. Whether all ran.
bool RunTasks(const std::vector<Task>& tasks, int jobs, std::ostream& out);

}  // namespace eagain::runner
