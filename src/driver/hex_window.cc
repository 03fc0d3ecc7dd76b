#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "eagain/driver/pattern.h"
#include "eagain/driver/wording.h"

namespace eagain::driver {
namespace {

constexpr size_t kRow = 16;

// One row of up to 16 bytes from `from` on: offset, hex, text.
std::string Row(std::string_view label, std::span<const char> bytes, size_t from, uint64_t base) {
  std::string hex;
  std::string text;
  const size_t end = std::min(bytes.size(), from + kRow);
  for (size_t i = from; i < end; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    hex += fmt::format("{:02x} ", byte);
    text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
  }
  if (from >= end) {
    hex = "(nothing more)";
  }
  return fmt::format("  {:<8}  {:08x}  {:<48} |{}|\n", label, base + from, hex, text);
}

size_t FirstDifference(std::span<const char> expected, std::span<const char> actual) {
  const size_t both = std::min(expected.size(), actual.size());
  const auto end = expected.begin() + static_cast<std::ptrdiff_t>(both);
  return static_cast<size_t>(std::mismatch(expected.begin(), end, actual.begin()).first -
                             expected.begin());
}

}  // namespace

std::string HexWindow(std::span<const char> expected, std::span<const char> actual,
                      uint64_t base_offset) {
  const size_t differs = FirstDifference(expected, actual);
  const size_t row = differs / kRow * kRow;
  const size_t first = row >= kRow ? row - kRow : 0;
  const size_t length = std::max(expected.size(), actual.size());
  std::string window =
      fmt::format("first difference at byte {} of the stream:\n", Grouped(base_offset + differs));
  for (size_t from = first; from <= row + kRow && from < length; from += kRow) {
    window += Row("expected", expected, from, base_offset);
    window += Row("actual", actual, from, base_offset);
    if (from == row) {
      window += fmt::format("  {:>{}}\n", "^^", 20 + 3 * (differs - row) + 2);
    }
  }
  return window;
}

}  // namespace eagain::driver
