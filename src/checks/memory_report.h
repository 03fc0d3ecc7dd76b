// What AddressSanitizer, UndefinedBehaviorSanitizer, LeakSanitizer, MemorySanitizer, ThreadSanitizer
// and valgrind's memcheck print of a program, read from their logs.
//
// A log may be cut anywhere (the program was killed) and hold anything else: what is not a report is
// passed over. The formats are those of sanitizer_common/sanitizer_symbolizer_report.cpp in LLVM and
// GCC, and of the Valgrind manual, "Memcheck: Explanation of error messages".
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eagain::checks {

// What a report is about; there is one check for each.
enum class Concern { kAddress, kRace, kLeak };

struct MemoryReport {
  Concern concern = Concern::kAddress;
  std::string tool;  // "AddressSanitizer", "valgrind"
  std::string kind;  // "heap-buffer-overflow", "Invalid write of size 1"
  pid_t pid = 0;     // 0 where the tool does not say
  // What happened and where, a line each: "WRITE of size 1", "  #0 serve server.c:42", "freed by", ...
  // Only frames of interest, from the innermost on: none of the tool's own or the C library's.
  std::vector<std::string> lines;
  uint64_t bytes = 0;  // of a leak
  std::string text;    // as the tool printed it; of a long one, the beginning

  // Reports that are alike in this are of the same mistake: the kind, and the frames where it
  // happened.
  std::string key;
};

// The reports in a log of a sanitizer (log_path of ASAN_OPTIONS and its like).
std::vector<MemoryReport> ReadSanitizerLog(std::string_view log);
// The reports in a log of valgrind's memcheck (--log-file). What a correct program may do is left out:
// to hand the kernel a structure with bytes between its members that were never set.
std::vector<MemoryReport> ReadValgrindLog(std::string_view log);

}  // namespace eagain::checks
