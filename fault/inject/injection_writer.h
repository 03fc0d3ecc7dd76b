// Writes the lines of injection_log.h. A line is kept back until flush(): one write(2) for many.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eagain/fault/inject/traced_call.h"
#include "eagain/fault/plan/plan_run.h"
#include "eagain/sys/unique_fd.h"

namespace eagain::fault {

class InjectionWriter {
 public:
  // Where the lines go; an empty descriptor: nowhere. It is open for appending.
  explicit InjectionWriter(UniqueFd file) : file_(std::move(file)) {}

  explicit operator bool() const { return static_cast<bool>(file_); }

  struct Start {
    pid_t injector;
    pid_t program;
    bool observe;
    bool hostile;
  };
  void start(const Start& start, const PlanRun& run);
  // `result` as the kernel has it: -errno for a failure.
  void call(const Tracee& tracee, const TracedCall& call, int64_t result);
  void fault(const Tracee& tracee, const TracedCall& call, const FaultRecord& record);
  void note(const std::string& text);
  void end(const PlanRun& run);
  bool ended() const { return ended_; }  // and nothing was written after that

  bool has_lines() const { return !lines_.empty(); }
  // All lines, written; what cannot be written (the disk is full) is given up.
  void flush();

 private:
  void open(const char* event);
  void close();
  void call_keys(const Tracee& tracee, const TracedCall& call);
  void text_key(const char* key, std::string_view text);

  UniqueFd file_;
  std::string lines_;
  bool ended_ = false;
};

// What the program was told, for a person: "17 bytes", "EAGAIN", "descriptor 7".
std::string ResultText(Call call, int64_t result);

}  // namespace eagain::fault
