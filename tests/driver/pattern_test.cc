#include "eagain/driver/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace eagain::driver {
namespace {

using testing::HasSubstr;

TEST(PatternTest, AnyCutOfTheStreamIsTheSameStream) {
  const Pattern pattern(7);
  const std::string whole = pattern.bytes(0, 300);
  for (uint64_t offset = 0; offset < 40; ++offset) {
    for (size_t count = 0; count < 40; ++count) {
      EXPECT_EQ(pattern.bytes(offset, count), whole.substr(offset, count));
      EXPECT_EQ(pattern.first_difference(offset, std::span(whole).subspan(offset, count)),
                std::nullopt);
    }
  }
}

TEST(PatternTest, IsPrintableAsciiAndNeverALineEnd) {
  const std::string bytes = Pattern(7).bytes(0, 65536);
  const std::set<char> seen(bytes.begin(), bytes.end());
  EXPECT_EQ(seen.size(), 64U);
  EXPECT_EQ(*seen.begin(), '?');
  EXPECT_EQ(*seen.rbegin(), '~');
}

TEST(PatternTest, TheFirstDifferenceIsFoundAtEveryPlace) {
  const Pattern pattern(2);
  for (uint64_t offset = 3; offset < 12; ++offset) {
    for (size_t at = 0; at < 33; ++at) {
      std::string bytes = pattern.bytes(offset, 33);
      bytes[at] = static_cast<char>(bytes[at] ^ 1);
      EXPECT_EQ(pattern.first_difference(offset, bytes), at);
    }
  }
}

TEST(PatternTest, FifteenBytesFromAnywhereTellTheirPlace) {
  for (const uint16_t stream : {uint16_t{1}, uint16_t{1000}, uint16_t{4095}}) {
    for (uint64_t offset = 1'000'000; offset < 1'000'040; ++offset) {
      const auto place = Pattern::locate(Pattern(stream).bytes(offset, 15));
      ASSERT_TRUE(place) << stream << " " << offset;
      EXPECT_EQ(place->stream, stream);
      EXPECT_EQ(place->offset, offset);
    }
  }
}

TEST(PatternTest, BytesThatAreNoPatternHaveNoPlace) {
  std::mt19937 random(20240229);  // the seed is fixed: the claim is about these bytes
  int found = 0;
  for (int i = 0; i < 500; ++i) {
    std::string bytes(64, '\0');
    for (char& c : bytes) {
      c = static_cast<char>(random());
    }
    found += Pattern::locate(bytes) ? 1 : 0;
  }
  EXPECT_EQ(found, 0);
}

struct Wrong {
  const char* name;
  uint64_t due;
  std::string came;
  const char* told;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

std::string Changed(std::string bytes, size_t at, size_t count) {
  for (size_t i = at; i < at + count; ++i) {
    bytes[i] = static_cast<char>(~bytes[i]);
  }
  return bytes;
}

const Pattern kOwn(3);
const Pattern kOther(9);

const Wrong kWrong[] = {
    {"Missing", 4096, kOwn.bytes(8192, 100),
     "4,096 bytes are missing: these are the bytes of offset 8,192"},
    {"OneMissing", 100, kOwn.bytes(101, 100),
     "1 byte is missing: these are the bytes of offset 101"},
    {"MissingAfterAWhile", 0, kOwn.bytes(0, 50) + kOwn.bytes(57, 60), "7 bytes are missing"},
    {"Again", 4096, kOwn.bytes(0, 100), "the bytes of offset 0 came a second time"},
    {"AgainUnaligned", 4099, kOwn.bytes(4093, 100), "the bytes of offset 4,093 came a second time"},
    {"OtherClient", 64, kOther.bytes(1003, 50), "bytes of client 9 (its offset 1,003)"},
    {"Changed", 64, Changed(kOwn.bytes(64, 100), 10, 3),
     "3 bytes are changed; after them the stream goes on"},
    {"ChangedAtOnce", 64, Changed(kOwn.bytes(64, 100), 0, 1), "1 byte is changed"},
    {"PutIn", 64, "HELLO, WORLD!" + kOwn.bytes(64, 100),
     "13 bytes that were not sent, put in before the bytes of offset 64"},
    {"Zero", 64, std::string(70, '\0') + kOwn.bytes(134, 30), "70 zero bytes, which were never"},
    {"FewZero", 64, std::string(5, '\0'), "5 zero bytes, which were never"},
    {"Text", 0, "HTTP/1.1 400 Bad Request\r\n\r\n",
     "not bytes that were sent: \"HTTP/1.1 400 Bad Request\"..."},
    {"ShortText", 0, "hello", "not the bytes that were sent: \"hello\"; too few"},
    {"ShortAgain", 5000, kOwn.bytes(4900, 6), "the bytes of offset 4,900 came a second time"},
    {"ShortMissing", 100, kOwn.bytes(120, 6), "20 bytes are missing"},
    {"ShortOther", 100, kOther.bytes(16, 8), "bytes of client 9"},
    {"OneByte", 0, Changed(kOwn.bytes(0, 1), 0, 1), "too few to tell"},
};

class PatternDiagnosisTest : public testing::TestWithParam<Wrong> {};

TEST_P(PatternDiagnosisTest, SaysWhatCameInstead) {
  EXPECT_THAT(kOwn.diagnose(GetParam().due, GetParam().came), HasSubstr(GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(Wrongs, PatternDiagnosisTest, testing::ValuesIn(kWrong),
                         [](const auto& wrong) { return wrong.param.name; });

TEST(PatternTest, ADropOfAnyLengthAtAnyPlaceIsCountedRightly) {
  // The first byte after a gap may happen to be the one that was due.
  for (size_t at = 0; at < 40; ++at) {
    for (size_t gap = 1; gap < 40; ++gap) {
      const std::string came = kOwn.bytes(0, at) + kOwn.bytes(at + gap, 64);
      EXPECT_THAT(kOwn.diagnose(0, came), HasSubstr(std::to_string(gap) + " byte"))
          << at << " " << gap;
      EXPECT_THAT(kOwn.diagnose(0, came), HasSubstr("missing")) << at << " " << gap;
    }
  }
}

TEST(HexWindowTest, ShowsTheRowsAroundTheFirstDifference) {
  std::string expected(64, 'a');
  std::string actual = expected;
  actual[37] = 'b';
  EXPECT_EQ(HexWindow(expected, actual, 0x1000),
            "first difference at byte 4,133 of the stream:\n"
            "  expected  00001010  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  "
            "|aaaaaaaaaaaaaaaa|\n"
            "  actual    00001010  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  "
            "|aaaaaaaaaaaaaaaa|\n"
            "  expected  00001020  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  "
            "|aaaaaaaaaaaaaaaa|\n"
            "  actual    00001020  61 61 61 61 61 62 61 61 61 61 61 61 61 61 61 61  "
            "|aaaaabaaaaaaaaaa|\n"
            "                                     ^^\n"
            "  expected  00001030  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  "
            "|aaaaaaaaaaaaaaaa|\n"
            "  actual    00001030  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  "
            "|aaaaaaaaaaaaaaaa|\n");
}

TEST(HexWindowTest, AStreamThatIsTooShortDiffersAtItsEnd) {
  EXPECT_THAT(HexWindow(std::string("ping"), std::string("pi")),
              testing::AllOf(HasSubstr("first difference at byte 2"), HasSubstr("|pi|")));
  EXPECT_THAT(HexWindow(std::string("ping"), std::string()), HasSubstr("(nothing more)"));
}

}  // namespace
}  // namespace eagain::driver
