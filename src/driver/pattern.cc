#include "eagain/driver/pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "eagain/driver/wording.h"

namespace eagain::driver {
namespace {

constexpr size_t kWord = sizeof(uint64_t);
static_assert(std::endian::native == std::endian::little, "the words are written as they lie");

// A word says 48 bits, six in each of its bytes: stream, 12 bits; number of the word, 27 bits; check, 9 bits.
constexpr unsigned kNumberBits = 27;
constexpr unsigned kCheckBits = 9;
constexpr uint64_t kNumbers = uint64_t{1} << kNumberBits;
constexpr uint64_t kMask48 = (uint64_t{1} << 48U) - 1;

uint64_t Check(uint64_t stream, uint64_t number) {
  uint64_t x = (stream << 32U | number) * 0x9e3779b97f4a7c15U;
  x ^= x >> 29U;
  x *= 0xd6e8feb86659fd93U;
  return x >> (64U - kCheckBits);
}

// Bijective on 48 bits, so that a word can be read back: odd multipliers, and shifts of half a word.
constexpr uint64_t kFirst = 0x476d1ce4e5b9U;
constexpr uint64_t kSecond = 0x49bb133111ebU;

constexpr uint64_t Inverse(uint64_t odd) {
  uint64_t inverse = odd;
  for (int i = 0; i < 6; ++i) {  // Newton's iteration: each turn doubles the number of right bits
    inverse *= 2 - odd * inverse;
  }
  return inverse;
}

uint64_t Whiten(uint64_t x) {
  x ^= x >> 24U;
  x = x * kFirst & kMask48;
  x ^= x >> 24U;
  x = x * kSecond & kMask48;
  return x ^ x >> 24U;
}

uint64_t Unwhiten(uint64_t x) {
  x ^= x >> 24U;
  x = x * Inverse(kSecond) & kMask48;
  x ^= x >> 24U;
  x = x * Inverse(kFirst) & kMask48;
  return x ^ x >> 24U;
}

// Six bits a byte, from '?' (0x3f) to '~' (0x7e): printable, and valid in every encoding.
constexpr uint64_t kLeast = 0x3f3f3f3f3f3f3f3fU;
constexpr uint64_t kHighBits = 0x8080808080808080U;

uint64_t ToText(uint64_t x) {
  x = (x & 0xffffffU) | (x & 0xffffff000000U) << 8U;
  x = (x & 0x00000fff00000fffU) | (x & 0x00fff00000fff000U) << 4U;
  x = (x & 0x003f003f003f003fU) | (x & 0x0fc00fc00fc00fc0U) << 2U;
  return x + kLeast;
}

// Nothing when a byte is outside of the alphabet.
std::optional<uint64_t> FromText(uint64_t x) {
  // No byte may have its high bit, be less than '?', or be 0x7f. Bytes are below 0x80 when they are compared.
  const uint64_t too_great = x + 0x0101010101010101U;
  const uint64_t too_small = (x | kHighBits) - kLeast;
  if ((x & kHighBits) != 0 || (too_great & kHighBits) != 0 ||
      (too_small & kHighBits) != kHighBits) {
    return std::nullopt;
  }
  x -= kLeast;
  x = (x & 0x003f003f003f003fU) | (x >> 2U & 0x0fc00fc00fc00fc0U);
  x = (x & 0x00000fff00000fffU) | (x >> 4U & 0x00fff00000fff000U);
  return (x & 0xffffffU) | (x >> 8U & 0xffffff000000U);
}

uint64_t WordOf(uint16_t stream, uint64_t number) {
  number &= kNumbers - 1;
  const uint64_t plain = (uint64_t{stream} << kNumberBits | number) << kCheckBits;
  return ToText(Whiten(plain | Check(stream, number)));
}

uint64_t Load(std::span<const char> data, size_t at) {
  uint64_t word = 0;
  std::memcpy(&word, data.data() + at, kWord);
  return word;
}

// A valid word at data[at], and the stream position of that byte.
struct Found {
  size_t at;
  uint16_t stream;
  uint64_t offset;
};

std::optional<Found> ReadWord(std::span<const char> data, size_t at) {
  const std::optional<uint64_t> text = FromText(Load(data, at));
  if (!text) {
    return std::nullopt;
  }
  const uint64_t plain = Unwhiten(*text);
  const uint64_t number = plain >> kCheckBits & (kNumbers - 1);
  const uint64_t stream = plain >> (kCheckBits + kNumberBits);
  if ((plain & ((1U << kCheckBits) - 1)) != Check(stream, number)) {
    return std::nullopt;
  }
  return Found{at, static_cast<uint16_t>(stream), number * kWord};
}

// The first word that is valid, and that goes on as its stream does as far as there is anything to judge by: one
// that is valid by chance does not.
std::optional<Found> FindWord(std::span<const char> data, size_t from) {
  for (size_t at = from; at + kWord <= data.size(); ++at) {
    const auto found = ReadWord(data, at);
    const size_t length = std::min(data.size() - at, 2 * kWord);
    if (found &&
        !Pattern(found->stream).first_difference(found->offset, data.subspan(at, length))) {
      return found;
    }
  }
  return std::nullopt;
}

// How many bytes right before data[found.at] go on backwards in the same stream.
size_t BytesBefore(std::span<const char> data, const Found& found) {
  const Pattern pattern(found.stream);
  size_t count = 0;
  while (count < found.at && count < found.offset) {
    char due = 0;
    pattern.fill(found.offset - count - 1, {&due, 1});
    if (data[found.at - count - 1] != due) {
      break;
    }
    ++count;
  }
  return count;
}

std::string OfClient(const Found& found, size_t before) {
  return fmt::format("bytes of client {} (its offset {})", found.stream,
                     Grouped(found.offset - before));
}

bool AllZero(std::span<const char> data) {
  return std::all_of(data.begin(), data.end(), [](char c) { return c == 0; });
}

// Where few bytes, too few to hold a whole word, occur in what was sent up to a little after
// `offset`.
std::optional<uint64_t> SearchNearby(const Pattern& pattern, uint64_t offset,
                                     std::span<const char> data) {
  constexpr uint64_t kReach = uint64_t{1} << 17U;
  constexpr size_t kFewest = 4;  // fewer occur by chance
  if (data.size() < kFewest) {
    return std::nullopt;
  }
  const uint64_t from = offset > kReach ? offset - kReach : 0;
  const std::string sent = pattern.bytes(from, static_cast<size_t>(offset - from + kReach));
  const auto at = std::search(sent.begin(), sent.end(), data.begin(), data.end());
  if (at == sent.end()) {
    return std::nullopt;
  }
  return from + static_cast<uint64_t>(at - sent.begin());
}

std::string Shift(uint64_t due, uint64_t place) {
  if (place > due) {
    return fmt::format("{} missing: these are the bytes of offset {}",
                       Counted(place - due, "byte") + (place - due == 1 ? " is" : " are"),
                       Grouped(place));
  }
  return fmt::format("the bytes of offset {} came a second time", Grouped(place));
}

std::string DiagnoseShort(const Pattern& pattern, uint64_t offset, std::span<const char> data) {
  if (const auto place = SearchNearby(pattern, offset, data)) {
    return Shift(offset, *place);
  }
  return fmt::format("not the bytes that were sent: {}; too few to tell where they come from",
                     Excerpt({data.data(), data.size()}, 16));
}

}  // namespace

void Pattern::fill(uint64_t offset, std::span<char> out) const {
  uint64_t number = offset / kWord;
  size_t skip = offset % kWord;
  size_t done = 0;
  while (done < out.size()) {
    const uint64_t word = WordOf(stream_, number++);
    const size_t part = std::min(kWord - skip, out.size() - done);
    std::array<char, kWord> bytes;
    std::memcpy(bytes.data(), &word, kWord);
    std::memcpy(out.data() + done, bytes.data() + skip, part);
    done += part;
    skip = 0;
  }
}

std::string Pattern::bytes(uint64_t offset, size_t count) const {
  std::string bytes(count, '\0');
  fill(offset, bytes);
  return bytes;
}

std::optional<size_t> Pattern::first_difference(uint64_t offset, std::span<const char> data) const {
  uint64_t number = offset / kWord;
  size_t skip = offset % kWord;
  size_t done = 0;
  while (done < data.size()) {
    const uint64_t word = WordOf(stream_, number++);
    const size_t part = std::min(kWord - skip, data.size() - done);
    std::array<char, kWord> due;
    std::memcpy(due.data(), &word, kWord);
    if (std::memcmp(data.data() + done, due.data() + skip, part) != 0) {
      const auto from = data.begin() + static_cast<std::ptrdiff_t>(done);
      const auto differ = std::mismatch(from, from + static_cast<std::ptrdiff_t>(part),
                                        due.begin() + static_cast<std::ptrdiff_t>(skip));
      return static_cast<size_t>(differ.first - data.begin());
    }
    done += part;
    skip = 0;
  }
  return std::nullopt;
}

std::optional<Pattern::Place> Pattern::locate(std::span<const char> data) {
  const auto found = FindWord(data, 0);
  if (!found || found->offset < found->at) {
    return std::nullopt;
  }
  return Place{found->stream, found->offset - found->at};
}

std::string Pattern::diagnose(uint64_t offset, std::span<const char> data) const {
  const auto differs = first_difference(offset, data);
  if (!differs) {
    return "the bytes that were due";
  }
  offset += *differs;
  data = data.subspan(*differs);
  if (data.size() > 1 && AllZero(data.first(std::min(data.size(), 2 * kWord)))) {
    const auto end = std::find_if(data.begin(), data.end(), [](char c) { return c != 0; });
    return fmt::format("{}, which were never sent",
                       Counted(static_cast<uint64_t>(end - data.begin()), "zero byte"));
  }
  const auto found = FindWord(data, 0);
  if (!found) {
    return data.size() < 2 * kWord - 1 ? DiagnoseShort(*this, offset, data)
                                       : fmt::format("not bytes that were sent: {}",
                                                     Excerpt({data.data(), data.size()}, 24));
  }
  const size_t before = BytesBefore(data, *found);
  const size_t strange = found->at - before;
  if (found->stream != stream_) {
    return strange == 0 ? OfClient(*found, before)
                        : fmt::format("{} that were not sent, then {}", Counted(strange, "byte"),
                                      OfClient(*found, before));
  }
  const uint64_t place = found->offset - before;
  if (strange == 0) {
    return Shift(offset, place);
  }
  if (place == offset + strange) {
    return fmt::format("{} changed; after them the stream goes on as it should",
                       Counted(strange, "byte") + (strange == 1 ? " is" : " are"));
  }
  if (place == offset) {
    return fmt::format("{} that were not sent, put in before the bytes of offset {}",
                       Counted(strange, "byte"), Grouped(place));
  }
  return fmt::format("{} that were not sent, then the bytes of offset {}", Counted(strange, "byte"),
                     Grouped(place));
}

}  // namespace eagain::driver
