#include "eagain/runner/known_failures.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "eagain/runner/selection.h"

namespace eagain::runner {
namespace {

constexpr std::string_view kSpace = " \t\r";

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

KnownFailures KnownFailures::Parse(std::string_view text, const std::string& name,
                                   std::span<const checks::Check> catalogue) {
  KnownFailures known;
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = Trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') {
      continue;
    }
    const std::string pattern(line.substr(0, line.find_first_of(" \t#")));
    try {
      static_cast<void>(Named(catalogue, pattern));
    } catch (const BadUsage& error) {
      throw BadUsage(fmt::format("{}:{}: {}", name, number, error.what()));
    }
    std::string_view reason = line.substr(pattern.size());
    const size_t begin = reason.find_first_not_of(" \t#");
    reason.remove_prefix(begin == std::string_view::npos ? reason.size() : begin);
    known.lines_.push_back({pattern, std::string(reason)});
  }
  return known;
}

KnownFailures KnownFailures::Read(const std::string& path,
                                  std::span<const checks::Check> catalogue) {
  std::string text;
  std::array<char, 4096> chunk;
  bool failed = true;
  if (std::FILE* file = std::fopen(path.c_str(), "re"); file != nullptr) {
    while (const size_t count = std::fread(chunk.data(), 1, chunk.size(), file)) {
      text.append(chunk.data(), count);
    }
    failed = std::ferror(file) != 0;
    std::fclose(file);
  }
  if (failed) {
    throw BadUsage(fmt::format("--expect {}: cannot read it: {}", path, std::strerror(errno)));
  }
  return Parse(text, path, catalogue);
}

std::optional<std::string> KnownFailures::reason(std::string_view id) const {
  for (const Line& line : lines_) {
    if (Matches(line.pattern, id)) {
      return line.reason;
    }
  }
  return std::nullopt;
}

}  // namespace eagain::runner
