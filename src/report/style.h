// How text may look where it goes: width and colour.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace eagain::report {

struct Style {
  bool live = false;    // a terminal, whose last line can be drawn again
  bool colour = false;  // a terminal that is not dumb, and NO_COLOR (no-color.org) is not set
  size_t width = 100;   // columns

  std::string bold(std::string_view text) const { return painted("1", text); }
  std::string faint(std::string_view text) const { return painted("2", text); }
  std::string red(std::string_view text) const { return painted("1;31", text); }
  std::string green(std::string_view text) const { return painted("32", text); }
  std::string yellow(std::string_view text) const { return painted("33", text); }

 private:
  std::string painted(std::string_view code, std::string_view text) const;
};

// Of what this descriptor leads to. A terminal says how wide it is; anything else is as wide as a
// page, so that a file does not depend on the window it was made in.
Style StyleOf(int fd);

// `text` in lines of at most `width` columns, broken at spaces, every line but the first after
// `indent` spaces (which count). Line ends in the text stay. A word that is too long is left as it
// is, and so are lines that begin with a space: they are indented less where they need the room.
std::string Wrapped(std::string_view text, size_t indent, size_t width);

// At most `width` columns of the text; what is cut off shows as "...".
std::string CutTo(std::string_view text, size_t width);

}  // namespace eagain::report
