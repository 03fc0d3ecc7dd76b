#include "eagain/checks/shown_text.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace eagain::checks {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// How many bytes both begin with, up to the end of a character.
size_t CommonStart(std::string_view shown, std::string_view text) {
  const size_t most = std::min(shown.size(), text.size());
  const auto differ =
      std::mismatch(shown.begin(), shown.begin() + static_cast<std::ptrdiff_t>(most), text.begin());
  auto length = static_cast<size_t>(differ.second - text.begin());
  while (length > 0 && length < text.size() && IsContinuation(text[length])) {
    --length;
  }
  return length;
}

// Letters, and all that is not ASCII.
bool IsOfWord(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalpha(byte) != 0;
}

// Shorter ones are prompts.
constexpr size_t kShortestWord = 3;

std::set<std::string_view> WordsOf(std::string_view text) {
  std::set<std::string_view> words;
  while (!text.empty()) {
    const auto begin = std::find_if(text.begin(), text.end(), IsOfWord);
    const auto end = std::find_if_not(begin, text.end(), IsOfWord);
    const std::string_view word =
        text.substr(static_cast<size_t>(begin - text.begin()), static_cast<size_t>(end - begin));
    if (word.size() >= kShortestWord) {
      words.insert(word);
    }
    text.remove_prefix(static_cast<size_t>(end - text.begin()));
  }
  return words;
}

}  // namespace

ShownText FindText(std::string_view output, std::string_view text, size_t from) {
  ShownText found{.bytes = 0, .end = std::min(from, output.size())};
  while (found.bytes < text.size()) {
    const std::string_view rest = text.substr(found.bytes);
    const size_t at = output.find(rest.substr(0, kLeastPart), found.end);
    if (at == std::string_view::npos) {
      break;
    }
    const size_t length = CommonStart(output.substr(at), rest);
    if (length == 0) {
      break;
    }
    found.bytes += length;
    found.end = at + length;
  }
  return found;
}

bool SaysSomethingNew(std::string_view later, std::string_view earlier, std::string_view typed) {
  const auto before = WordsOf(earlier);
  const auto own = WordsOf(typed);
  const auto words = WordsOf(later);
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return !before.contains(word) && !own.contains(word);
  });
}

bool SaysSomething(std::string_view output) { return !WordsOf(output).empty(); }

}  // namespace eagain::checks
