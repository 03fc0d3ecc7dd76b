#include "eagain/runner/known_failures.h"

#include <gmock/gmock.h>

#include <string>

#include "fake_catalogue.h"

namespace eagain::runner {
namespace {

using testing::HasSubstr;
using testing::Optional;

KnownFailures Parsed(std::string_view text) {
  return KnownFailures::Parse(text, "known.txt", kFakeCatalogue);
}

TEST(KnownFailuresTest, ReadsIdsGlobsAndReasons) {
  const KnownFailures known = Parsed(
      "# what we know\n"
      "\n"
      "echo/large   stops at 64 KiB\r\n"
      "  concurrency/*# one client only\n"
      "lifecycle/listens\t# \t ticket 12");
  EXPECT_THAT(known.reason("echo/large"), Optional(std::string("stops at 64 KiB")));
  EXPECT_THAT(known.reason("concurrency/second-client"), Optional(std::string("one client only")));
  EXPECT_THAT(known.reason("lifecycle/listens"), Optional(std::string("ticket 12")));
  EXPECT_EQ(known.reason("echo/one-byte"), std::nullopt);
}

TEST(KnownFailuresTest, KnowsALineWithoutAReason) {
  EXPECT_THAT(Parsed("echo/large").reason("echo/large"), Optional(std::string()));
}

TEST(KnownFailuresTest, NamesTheLineThatNamesNoCheck) {
  try {
    Parsed("echo/large\n\necho/larg  a typo\n");
    FAIL() << "accepted";
  } catch (const BadUsage& error) {
    EXPECT_THAT(error.what(), HasSubstr("known.txt:3: there is no check 'echo/larg'"));
  }
}

TEST(KnownFailuresTest, SaysWhyAFileCannotBeRead) {
  for (const auto& [path, why] : {std::pair{"/nonexistent/file", "No such file or directory"},
                                  std::pair{"/", "Is a directory"}}) {
    try {
      KnownFailures::Read(path, kFakeCatalogue);
      FAIL() << "accepted " << path;
    } catch (const BadUsage& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  }
}

}  // namespace
}  // namespace eagain::runner
