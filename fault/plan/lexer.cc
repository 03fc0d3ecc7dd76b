#include "eagain/fault/plan/lexer.h"

#include <algorithm>

namespace eagain::fault {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

void CutLine(size_t number, std::string_view source, std::vector<Statement>& statements) {
  const std::string_view code = source.substr(0, source.find('#'));
  Statement statement{number, source, {}};
  size_t at = 0;
  while (at <= code.size()) {
    if (at == code.size() || code[at] == ';') {
      if (!statement.words.empty()) {
        statements.push_back(statement);
        statement.words.clear();
      }
      ++at;
    } else if (IsSpace(code[at])) {
      ++at;
    } else {
      size_t end = at;
      while (end < code.size() && !IsSpace(code[end]) && code[end] != ';') {
        ++end;
      }
      statement.words.push_back({code.substr(at, end - at), at + 1});
      at = end;
    }
  }
}

}  // namespace

std::vector<Statement> CutStatements(std::string_view text) {
  std::vector<Statement> statements;
  size_t number = 1;
  for (size_t begin = 0; begin <= text.size(); ++number) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    CutLine(number, line, statements);
    begin = end + 1;
  }
  return statements;
}

}  // namespace eagain::fault
