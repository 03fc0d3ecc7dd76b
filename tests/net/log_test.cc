#include "eagain/net/log.h"

#include <gtest/gtest.h>

#include <string>

namespace eagain {
namespace {

TEST(LogTest, SaysWhatIsUpToItsLevelAndNothingElse) {
  std::string said;
  const Log log(LogLevel::kWarning, [&](LogLevel, std::string_view line) { said += line; });
  log(LogLevel::kError, "error {};", 1);
  log(LogLevel::kWarning, "warning {};", 2);
  log(LogLevel::kInfo, "info {};", 3);
  log(LogLevel::kDebug, "debug {};", 4);
  EXPECT_EQ(said, "error 1;warning 2;");
}

TEST(LogTest, IsSilentUnlessToldOtherwise) {
  const Log log;
  log(LogLevel::kError, "nobody hears {}", 1);
}

}  // namespace
}  // namespace eagain
