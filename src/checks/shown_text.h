// What a client has shown, among the prompts and the decorations of its own.
#pragma once

#include <cstddef>
#include <string_view>

namespace eagain::checks {

struct ShownText {
  size_t bytes = 0;  // of the text, from its beginning on
  size_t end = 0;    // where in the output the last of them ends
};

// How much of `text` stands in `output`, from the offset `from` on and in order. A client may
// show a line in several parts, with words of its own between them, as one does that reads a long line
// part by part. But a part is no shorter than kLeastPart bytes (or than all that is left), and
// within a character of UTF-8 there is nothing.
ShownText FindText(std::string_view output, std::string_view text, size_t from = 0);
inline constexpr size_t kLeastPart = 8;

// Whether `later` has a word, in any language, that neither `earlier` nor `typed` has. So a message
// is told from one more prompt, and from the frame around one more echo.
bool SaysSomethingNew(std::string_view later, std::string_view earlier, std::string_view typed);
// Whether there is any word at all.
bool SaysSomething(std::string_view output);

}  // namespace eagain::checks
