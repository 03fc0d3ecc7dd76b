#include "eagain/report/style.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "eagain/report/escape.h"

namespace eagain::report {
namespace {

constexpr size_t kNarrowest = 40;

bool IsSet(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

void AppendWrapped(std::string& out, std::string_view line, size_t indent, size_t width) {
  if (line.empty() || line.front() == ' ') {
    out += line;
    return;
  }
  size_t column = indent;
  while (!line.empty()) {
    const size_t space = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, space);
    line.remove_prefix(std::min(space + 1, line.size()));
    const size_t columns = Columns(word);
    if (column > indent && column + 1 + columns > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += columns;
  }
}

// How far the lines at the beginning of `text` that begin with a space can be indented: less than
// asked for if one of them would be too long, the same for all, as they are one picture.
size_t TableIndent(std::string_view text, size_t indent, size_t width) {
  size_t longest = 0;
  while (!text.empty() && text.front() == ' ') {
    const size_t end = text.find('\n');
    longest = std::max(longest, Columns(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return std::min(indent, width - std::min(longest, width));
}

}  // namespace

std::string Style::painted(std::string_view code, std::string_view text) const {
  return colour ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

Style StyleOf(int fd) {
  Style style;
  if (isatty(fd) == 0) {
    return style;
  }
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  style.live = !dumb;
  style.colour = !dumb && !IsSet("NO_COLOR");
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = std::max<size_t>(size.ws_col, kNarrowest);
  }
  return style;
}

std::string Wrapped(std::string_view text, size_t indent, size_t width) {
  std::string out;
  size_t table_indent = indent;
  for (bool first = true; !text.empty(); first = false) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const bool in_table = !line.empty() && line.front() == ' ';
    table_indent = in_table ? std::min(table_indent, TableIndent(text, indent, width)) : indent;
    out += first ? "" : '\n' + std::string(line.empty() ? 0 : table_indent, ' ');
    AppendWrapped(out, line, indent, width);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string CutTo(std::string_view text, size_t width) {
  if (FirstColumns(text, width).size() == text.size()) {
    return std::string(text);
  }
  const std::string_view cut = std::string_view("...").substr(0, width);
  return std::string(FirstColumns(text, width - cut.size())).append(cut);
}

}  // namespace eagain::report
