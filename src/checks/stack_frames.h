// The frames of a stack in a tool's report: which of them a reader needs, and how they are shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eagain::checks {

struct StackFrame {
  std::string function;     // "" when it is not known
  std::string place;        // "server.c:42"; where no line is known, the file that holds the code
  bool is_foreign = false;  // of the tool, the C library, or a library's header
};

// "    #1 0x55d0 in serve /home/me/server.c:42:7 (server+0x1a2)", of a sanitizer.
std::optional<StackFrame> ParseSanitizerFrame(std::string_view line);
// "   by 0x1091A5: serve (server.c:42)", of valgrind.
std::optional<StackFrame> ParseValgrindFrame(std::string_view line);

// At most `most` of them, innermost first. Of foreign ones the last before one that is not stays: it
// says what was called. Where all are foreign they all stay.
std::vector<StackFrame> FramesOfInterest(const std::vector<StackFrame>& frames, size_t most);

// "serve server.c:42"
std::string Shown(const StackFrame& frame);

}  // namespace eagain::checks
