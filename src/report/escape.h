// Bytes that others wrote - a server, mostly - made fit to be shown: what comes out is valid UTF-8
// without anything that a terminal obeys.
#pragma once

#include <string>
#include <string_view>

namespace eagain::report {

// Keeps valid UTF-8, newlines and tabs. Everything else is written out: a control character as \r,
// \e or \x07, a byte that is not UTF-8 as \xff, and the characters that change the direction of
// text, or that terminals take for controls, as \u202e.
std::string Escape(std::string_view bytes);

// The same for a single line: newlines and tabs are written out too.
std::string EscapeLine(std::string_view bytes);

// How many columns a terminal needs for it: one for each character that is not a combining one.
// (Wide characters count as one; a line may then be longer than thought, which does no harm.)
size_t Columns(std::string_view text);
// The longest beginning that needs no more than so many.
std::string_view FirstColumns(std::string_view text, size_t columns);

}  // namespace eagain::report
