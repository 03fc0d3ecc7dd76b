// Cuts a plan's text into statements and words. Part of the parser (parser.h).
#pragma once

#include <string_view>
#include <vector>

namespace eagain::fault {

struct Word {
  std::string_view text;
  size_t column = 1;  // from 1 on, in bytes
};

struct Statement {
  size_t line = 1;          // from 1 on
  std::string_view source;  // the whole line, comment included
  std::vector<Word> words;  // never empty
};

// The statements of `text`, without comments and empty statements. Everything refers into `text`.
std::vector<Statement> CutStatements(std::string_view text);

}  // namespace eagain::fault
