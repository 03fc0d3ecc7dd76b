// Progress: what runs now. On a terminal one line that is drawn again and again and is gone in the
// end; elsewhere a line for each check that is finished.
#pragma once

#include <chrono>
#include <ostream>
#include <string>
#include <vector>

#include "eagain/report/style.h"
#include "eagain/runner/runner.h"

namespace eagain::report {

class Progress : public runner::Observer {
 public:
  // `total` is the number of checks that were chosen. `out` outlives this object. `again`: these checks
  // run for something else than their verdicts, which this says; they get no lines of their own.
  Progress(std::ostream& out, const Style& style, size_t total, std::string again = "");
  ~Progress() override;  // takes the line away
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void started(const checks::Check& check) override;
  void finished(const runner::CheckResult& result) override;
  void tick() override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    const checks::Check* check;
    Clock::time_point since;
  };

  void draw();
  std::string line() const;

  std::ostream& out_;
  Style style_;
  size_t total_;
  std::string again_;
  size_t finished_ = 0;
  size_t failed_ = 0;
  std::vector<Running> running_;
};

}  // namespace eagain::report
