#include "eagain/bench/bench.h"

#include <algorithm>
#include <numeric>

#include "eagain/bench/busy_time.h"
#include "eagain/bench/sample.h"
#include "eagain/driver/failure.h"

namespace eagain::bench {
namespace {

using Clock = std::chrono::steady_clock;

class Bench {
 public:
  Bench(const BenchOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options), observer_(observer), stop_(stop) {
    for (const Measure& measure : options.measures) {
      result_.measures.push_back({.measure = measure, .series = {}});
      for (const size_t contender : takes_part(measure)) {
        result_.measures.back().series.push_back({.server = options.contenders[contender].name});
        total_ += static_cast<size_t>(measure.rounds);
      }
    }
  }

  BenchResult run();

 private:
  std::vector<size_t> takes_part(const Measure& measure) const;
  void round(MeasureResult& result, int number);
  void turn(const Contender& contender, const Measure& measure, Series& series, int number);
  bool out_of_time() const { return Clock::now() - from_ > options_.time_limit; }

  const BenchOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  const Clock::time_point from_ = Clock::now();
  BenchResult result_;
  size_t total_ = 0;
  size_t done_ = 0;
};

// The numbers of the contenders; in a control the baseline is there twice.
std::vector<size_t> Bench::takes_part(const Measure& measure) const {
  if (measure.kind == Kind::kControl) {
    return {options_.baseline, options_.baseline};
  }
  std::vector<size_t> all(options_.contenders.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

void Bench::round(MeasureResult& result, int number) {
  const std::vector<size_t> contenders = takes_part(result.measure);
  for (size_t i = 0; i < contenders.size(); ++i) {
    // Every other round in reverse, so that nobody comes after the same one each time.
    const size_t at = number % 2 == 0 ? i : contenders.size() - 1 - i;
    Series& series = result.series[at];
    if (stop_) {
      throw Interrupted();
    }
    if (series.trouble.empty() && !out_of_time()) {
      turn(options_.contenders[contenders[at]], result.measure, series, number);
    }
    ++done_;
  }
}

void Bench::turn(const Contender& contender, const Measure& measure, Series& series, int number) {
  observer_.turn(contender, measure, done_, total_);
  try {
    series.samples.push_back(TakeSample(contender, measure, options_, stop_));
    series.samples.back().round = number;
  } catch (const driver::Failure& failure) {
    series.trouble = failure.actual();
  }
}

BenchResult Bench::run() {
  const BusyTime busy(options_.cpus);
  int rounds = 0;
  for (const Measure& measure : options_.measures) {
    rounds = std::max(rounds, measure.rounds);
  }
  try {
    // The control first: what it says is needed to know whether the rest is worth it. Then all of
    // them round by round, so that who ends it early has some of everything.
    for (int number = 0; number < rounds; ++number) {
      for (MeasureResult& result : result_.measures) {
        if (number < result.measure.rounds) {
          round(result, number);
        }
      }
    }
  } catch (const Interrupted&) {
    result_.interrupted = true;
  }
  result_.out_of_time = !result_.interrupted && out_of_time();
  result_.duration = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - from_);
  result_.used_by_others = busy.used_by_others();
  return std::move(result_);
}

}  // namespace

void TryOut(const BenchOptions& options, const std::atomic<bool>& stop) {
  const Measure once{.kind = Kind::kRate, .shape = {}, .one_cpu = true};
  BenchOptions brief = options;
  brief.slice = std::chrono::milliseconds(1);
  for (const Contender& contender : options.contenders) {
    try {
      TakeSample(contender, once, brief, stop);
    } catch (const driver::Failure& failure) {
      throw driver::Failure(contender.name, failure.actual());
    }
  }
}

BenchResult Run(const BenchOptions& options, Observer& observer, const std::atomic<bool>& stop) {
  return Bench(options, observer, stop).run();
}

}  // namespace eagain::bench
