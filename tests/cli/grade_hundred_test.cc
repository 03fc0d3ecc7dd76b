#include "many_submissions.h"

namespace eagain {
namespace {

// A hundred, as they come: the nightly run.
using HundredSubmissionsTest = GradeAllTest;

TEST_F(HundredSubmissionsTest, AreGradedThoughInterrupted) {
  for (int number = 0; number < 100; ++number) {
    const std::string name = "s" + std::to_string(number);
    switch (number % 4) {
      case 0:
        submit(name, "exec " EAGAIN_PROGRAM " serve blocking --port $1\n");
        break;
      case 1:
        submit(name, "exit 1\n");
        break;
      default:
        submit_good(name);
    }
  }
  ExpectItGoesOn(folder_, all(), 100);
}

}  // namespace
}  // namespace eagain
