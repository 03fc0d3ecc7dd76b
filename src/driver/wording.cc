#include "eagain/driver/wording.h"

#include <fmt/format.h>

namespace eagain::driver {
namespace {

void AppendEscaped(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    default:
      break;
  }
  if (byte >= 0x20 && byte < 0x7f) {
    out += c;
  } else {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
  }
}

}  // namespace

std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string Counted(uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", Grouped(number), noun, number == 1 ? "" : "s");
}

std::string Duration(std::chrono::nanoseconds time) {
  const double seconds = std::chrono::duration<double>(time).count();
  if (seconds < 0.9995) {
    return fmt::format("{:.0f} ms", seconds * 1000);
  }
  return fmt::format("{:.1f} s", seconds);
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) {
    all += all.empty() ? "" : ", ";
    all += part;
  }
  return all;
}

std::string Excerpt(std::string_view bytes, size_t most) {
  std::string out = "\"";
  for (const char c : bytes.substr(0, most)) {
    AppendEscaped(out, c);
  }
  out += bytes.size() > most ? "\"..." : "\"";
  return out;
}

}  // namespace eagain::driver
