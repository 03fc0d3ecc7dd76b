#include "eagain/checks/stack_frames.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace eagain::checks {
namespace {

constexpr size_t kLongestFunction = 56;

std::string_view WithoutSpacesBefore(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

std::string_view WithoutSpacesAfter(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

bool Begins(std::string_view text, std::string_view with) { return text.starts_with(with); }

// Takes the digits off the front; false when there are none.
bool TakeNumber(std::string_view& text) {
  size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) {
    ++digits;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

bool TakeAddress(std::string_view& text) {
  if (!Begins(text, "0x")) {
    return false;
  }
  size_t end = 2;
  while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end])) != 0) {
    ++end;
  }
  text.remove_prefix(end);
  return end > 2;
}

// Cuts " (...)" off the end, and answers what was in it.
std::string_view TakeParentheses(std::string_view& text) {
  if (text.empty() || text.back() != ')') {
    return {};
  }
  const size_t open = text.rfind('(');
  if (open == std::string_view::npos || (open > 0 && text[open - 1] != ' ')) {
    return {};
  }
  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  text = WithoutSpacesAfter(text.substr(0, open));
  return inside;
}

// "/home/me/server.c:42:7" is file and line, and perhaps a column, which is left out.
struct SourceLine {
  std::string_view path;
  std::string_view line;
};
std::optional<SourceLine> ParseSourceLine(std::string_view text) {
  const auto number_at_end = [](std::string_view part) -> std::optional<size_t> {
    const size_t colon = part.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == part.size()) {
      return std::nullopt;
    }
    std::string_view rest = part.substr(colon + 1);
    return TakeNumber(rest) && rest.empty() ? std::optional(colon) : std::nullopt;
  };
  const auto last = number_at_end(text);
  if (!last) {
    return std::nullopt;
  }
  const auto before = number_at_end(text.substr(0, *last));
  const size_t colon = before.value_or(*last);
  const size_t end = before ? *last : text.size();
  return SourceLine{text.substr(0, colon), text.substr(colon + 1, end - colon - 1)};
}

std::string_view FileName(std::string_view path) {
  return path.substr(std::min(path.rfind('/') + 1, path.size()));
}

bool IsForeignPath(std::string_view path) {
  constexpr std::array<std::string_view, 9> kForeign = {
      "/usr/include/", "/usr/lib/",   "libsanitizer/", "compiler-rt/", "sysdeps/",
      "csu/",          "vg_replace_", "/include/c++/", "/build/glibc"};
  return std::any_of(kForeign.begin(), kForeign.end(), [&](std::string_view part) {
    return path.find(part) != std::string_view::npos;
  });
}

bool IsForeignModule(std::string_view module) {
  return Begins(module, "/usr/") || Begins(module, "/lib") || Begins(FileName(module), "lib");
}

bool IsForeignFunction(std::string_view name) {
  constexpr std::array<std::string_view, 9> kForeign = {
      "__interceptor_", "___interceptor_", "__asan_",         "__tsan_", "__ubsan_",
      "__libc_start_",  "operator new",    "operator delete", "_start"};
  return std::any_of(kForeign.begin(), kForeign.end(),
                     [&](std::string_view prefix) { return Begins(name, prefix); }) ||
         name == "malloc" || name == "calloc" || name == "realloc" || name == "free";
}

void SetSource(StackFrame& frame, const SourceLine& source) {
  frame.place = std::string(FileName(source.path)) + ":" + std::string(source.line);
  frame.is_foreign = IsForeignPath(source.path);
}

void SetModule(StackFrame& frame, std::string_view module) {
  module = module.substr(0, module.rfind("+0x"));
  frame.place = FileName(module);
  frame.is_foreign = IsForeignModule(module);
}

// "std::vector<int, std::allocator<int> >::push_back(int&&)" without what is between < and >.
std::string WithoutTemplateArguments(std::string_view name) {
  constexpr std::string_view kOperator = "operator";
  std::string text;
  int depth = 0;
  for (const char c : name) {
    const bool is_name = depth == 0 && (text.ends_with(kOperator) || text.ends_with("operator<") ||
                                        text.ends_with("operator>") || text.ends_with("operator-"));
    depth += c == '<' && !is_name ? 1 : 0;
    if (depth == 0) {
      text += c;
    }
    depth -= c == '>' && !is_name && depth > 0 ? 1 : 0;
  }
  return depth == 0 ? text : std::string(name);
}

StackFrame Finish(StackFrame frame) {
  frame.function = WithoutTemplateArguments(frame.function);
  frame.is_foreign = frame.is_foreign || IsForeignFunction(frame.function);
  if (frame.function.size() > kLongestFunction) {
    frame.function = frame.function.substr(0, kLongestFunction) + "...";
  }
  return frame;
}

}  // namespace

std::optional<StackFrame> ParseSanitizerFrame(std::string_view line) {
  std::string_view rest = WithoutSpacesAfter(WithoutSpacesBefore(line));
  if (rest.empty() || rest.front() != '#') {
    return std::nullopt;
  }
  rest.remove_prefix(1);
  if (!TakeNumber(rest)) {
    return std::nullopt;
  }
  rest = WithoutSpacesBefore(rest);
  if (TakeAddress(rest)) {
    rest = WithoutSpacesBefore(rest);
    rest = Begins(rest, "in ") ? rest.substr(3) : rest;
  }
  StackFrame frame;
  std::string_view module = TakeParentheses(rest);
  if (Begins(module, "BuildId:")) {
    module = TakeParentheses(rest);
  }
  const size_t absolute = rest.find(" /");  // a path may have spaces in it
  const size_t space = absolute != std::string_view::npos ? absolute : rest.rfind(' ');
  const auto source = ParseSourceLine(rest.substr(space == std::string_view::npos ? 0 : space + 1));
  if (source) {
    SetSource(frame, *source);
    frame.function = rest.substr(0, space == std::string_view::npos ? 0 : space);
  } else {
    frame.function = rest;
    SetModule(frame, module);
  }
  return Finish(std::move(frame));
}

std::optional<StackFrame> ParseValgrindFrame(std::string_view line) {
  std::string_view rest = WithoutSpacesAfter(WithoutSpacesBefore(line));
  if (!Begins(rest, "at ") && !Begins(rest, "by ")) {
    return std::nullopt;
  }
  rest.remove_prefix(3);
  if (!TakeAddress(rest) || !Begins(rest, ": ")) {
    return std::nullopt;
  }
  rest.remove_prefix(2);
  StackFrame frame;
  std::string_view place = TakeParentheses(rest);
  frame.function = rest == "???" ? "" : rest;
  if (const auto source = ParseSourceLine(place)) {
    SetSource(frame, *source);
  } else {
    SetModule(frame, Begins(place, "in ") ? place.substr(3) : place);
  }
  return Finish(std::move(frame));
}

std::vector<StackFrame> FramesOfInterest(const std::vector<StackFrame>& frames, size_t most) {
  const bool all_foreign = std::all_of(frames.begin(), frames.end(),
                                       [](const StackFrame& frame) { return frame.is_foreign; });
  std::vector<StackFrame> kept;
  for (size_t at = 0; at < frames.size() && kept.size() < most; ++at) {
    const bool called_from_here = at + 1 < frames.size() && !frames[at + 1].is_foreign;
    if (all_foreign || !frames[at].is_foreign || called_from_here) {
      kept.push_back(frames[at]);
    }
  }
  return kept;
}

std::string Shown(const StackFrame& frame) {
  const std::string function = frame.function.empty() ? "(unknown function)" : frame.function;
  return frame.place.empty() ? function : function + " " + frame.place;
}

}  // namespace eagain::checks
