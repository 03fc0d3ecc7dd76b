#include "eagain/driver/proc_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

namespace eagain::driver {
namespace {

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::optional<uint64_t> ToNumber(std::string_view word) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end == word.data()) {
    return std::nullopt;
  }
  return value;
}

// The words of a line, taken off one by one.
std::string_view TakeWord(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
  const size_t end = std::min(text.find_first_of(" \t\n"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

uint64_t TakeNumber(std::string_view& text) { return ToNumber(TakeWord(text)).value_or(0); }

}  // namespace

std::optional<std::string> ReadProcFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return std::nullopt;
  }
  std::string text;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t count = ::read(fd, part.data(), part.size());
    if (count > 0) {
      text.append(part.data(), static_cast<size_t>(count));
    } else if (count == 0) {
      ::close(fd);
      return text;
    } else if (errno != EINTR) {
      ::close(fd);
      return std::nullopt;
    }
  }
}

std::vector<int> NumbersIn(const std::string& directory) {
  std::vector<int> numbers;
  const std::unique_ptr<DIR, DirectoryCloser> open(::opendir(directory.c_str()));
  while (open != nullptr) {
    const dirent* entry = ::readdir(open.get());
    if (entry == nullptr) {
      break;
    }
    if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') {
      numbers.push_back(static_cast<int>(ToNumber(entry->d_name).value_or(0)));
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::optional<StatLine> ParseStat(std::string_view text) {
  // The name may hold blanks and parentheses: it ends at the last one.
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  StatLine line;
  line.name = text.substr(open + 1, close - open - 1);
  text.remove_prefix(close + 1);
  const std::string_view state = TakeWord(text);
  line.state = state.empty() ? '?' : state[0];
  line.parent = static_cast<pid_t>(TakeNumber(text));
  line.group = static_cast<pid_t>(TakeNumber(text));
  line.session = static_cast<pid_t>(TakeNumber(text));
  for (int field = 7; field <= 13; ++field) {
    TakeWord(text);
  }
  const uint64_t ticks = TakeNumber(text) + TakeNumber(text);
  static const auto per_second = static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
  line.cpu = std::chrono::nanoseconds(ticks * (1'000'000'000U / per_second));
  for (int field = 16; field <= 21; ++field) {
    TakeWord(text);
  }
  line.start_ticks = TakeNumber(text);
  TakeWord(text);  // vsize
  static const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  line.rss_bytes = TakeNumber(text) * page;
  return line;
}

std::optional<StatLine> ReadStat(const std::string& directory) {
  const auto text = ReadProcFile(directory + "/stat");
  return text ? ParseStat(*text) : std::nullopt;
}

std::optional<SchedStat> ReadSchedStat(const std::string& directory) {
  const auto text = ReadProcFile(directory + "/schedstat");
  if (!text || text->empty()) {
    return std::nullopt;
  }
  std::string_view rest = *text;
  SchedStat stat;
  stat.cpu = std::chrono::nanoseconds(TakeNumber(rest));
  stat.run_delay = std::chrono::nanoseconds(TakeNumber(rest));
  stat.timeslices = TakeNumber(rest);
  return stat;
}

std::optional<uint64_t> NumberAfter(std::string_view text, std::string_view key) {
  for (size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at == 0 || text[at - 1] == '\n') {
      std::string_view rest = text.substr(at + key.size());
      return ToNumber(TakeWord(rest));
    }
  }
  return std::nullopt;
}

}  // namespace eagain::driver
