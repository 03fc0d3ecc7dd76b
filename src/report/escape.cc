#include "eagain/report/escape.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

namespace eagain::report {
namespace {

struct Character {
  uint32_t code;
  size_t size;  // in bytes
};

bool Continues(std::string_view bytes, size_t at) {
  return at < bytes.size() && (static_cast<unsigned char>(bytes[at]) & 0xc0U) == 0x80U;
}

// The well-formed character that begins here, as in table 3-7 of the Unicode standard.
std::optional<Character> FirstOf(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (lead < 0x80) {
    return Character{lead, 1};
  }
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) {
    return std::nullopt;
  }
  uint32_t code = lead & (0xffU >> (size + 1));
  for (size_t at = 1; at < size; ++at) {
    if (!Continues(bytes, at)) {
      return std::nullopt;
    }
    code = (code << 6U) | (static_cast<unsigned char>(bytes[at]) & 0x3fU);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (overlong || surrogate || code > 0x10ffff) {
    return std::nullopt;
  }
  return Character{code, size};
}

// Of bytes that are no character, each is shown by itself.
size_t SizeOfFirst(std::string_view bytes) {
  const std::optional<Character> first = FirstOf(bytes);
  return first ? first->size : 1;
}

size_t ColumnsOfFirst(std::string_view bytes) {
  const std::optional<Character> first = FirstOf(bytes);
  const bool combines = first && first->code >= 0x300 && first->code <= 0x36f;
  return combines ? 0 : 1;
}

// C1 controls, marks and overrides of direction, line separators, and non-characters.
bool IsTreacherous(uint32_t code) {
  return (code >= 0x80 && code <= 0x9f) || code == 0x61c || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0xfeff || (code & 0xfffeU) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
}

std::string WrittenOut(uint32_t control) {
  switch (control) {
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    case 0x1b:
      return "\\e";
    default:
      return fmt::format("\\x{:02x}", control);
  }
}

std::string Escaped(std::string_view bytes, bool one_line) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::optional<Character> next = FirstOf(bytes);
    const size_t size = next ? next->size : 1;
    const uint32_t code = next ? next->code : static_cast<unsigned char>(bytes[0]);
    const bool layout = !one_line && (code == '\n' || code == '\t');
    if (!next || ((code < 0x20 || code == 0x7f) && !layout)) {
      text += WrittenOut(code);
    } else if (IsTreacherous(code)) {
      text += fmt::format("\\u{:04x}", code);
    } else {
      text += bytes.substr(0, size);
    }
    bytes.remove_prefix(size);
  }
  return text;
}

}  // namespace

std::string Escape(std::string_view bytes) { return Escaped(bytes, false); }

std::string EscapeLine(std::string_view bytes) { return Escaped(bytes, true); }

size_t Columns(std::string_view text) {
  size_t columns = 0;
  for (; !text.empty(); text.remove_prefix(SizeOfFirst(text))) {
    columns += ColumnsOfFirst(text);
  }
  return columns;
}

std::string_view FirstColumns(std::string_view text, size_t columns) {
  std::string_view rest = text;
  for (; !rest.empty() && ColumnsOfFirst(rest) <= columns; rest.remove_prefix(SizeOfFirst(rest))) {
    columns -= ColumnsOfFirst(rest);
  }
  return text.substr(0, text.size() - rest.size());
}

}  // namespace eagain::report
