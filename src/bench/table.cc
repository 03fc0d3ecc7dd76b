#include "eagain/bench/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "eagain/driver/wording.h"

namespace eagain::bench {
namespace {

constexpr const char* kNone = "-";

std::string Rate(double per_second) {
  return driver::Grouped(static_cast<uint64_t>(std::llround(per_second)));
}

// Three digits that say something: "9.87 us", "12.3 ms".
std::string Time(std::chrono::nanoseconds time) {
  const auto ns = static_cast<double>(time.count());
  const auto three = [](double value, const char* unit) {
    return fmt::format("{:.{}f} {}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, unit);
  };
  return ns < 999'500   ? three(ns / 1e3, "us")
         : ns < 999.5e6 ? three(ns / 1e6, "ms")
                        : three(ns / 1e9, "s");
}

// "0.98 (0.97-0.99)"
std::string Ratio(const Summary& ratio) {
  return ratio.count == 0
             ? kNone
             : fmt::format("{:.3f} ({:.3f}-{:.3f})", ratio.median, ratio.low, ratio.high);
}

std::string Share(double share) { return fmt::format("{:.0f} %", 100 * share); }

const Series& BaselineOf(const Outcome& outcome, const MeasureResult& result) {
  return result.series[outcome.options.baseline];
}

bool HasSamples(const MeasureResult& result) {
  return std::ranges::any_of(result.series,
                             [](const Series& series) { return !series.samples.empty(); });
}

// `where` is put behind the server's name.
void NoteTrouble(Table& table, const MeasureResult& result, const std::string& where = "") {
  for (const Series& series : result.series) {
    if (!series.trouble.empty()) {
      table.notes.push_back(fmt::format("{}{}: {}", series.server, where, series.trouble));
    }
  }
}

// The load is the bottleneck where it has no time left and the server has: then the rates are the
// load's, and only the CPU time tells servers apart.
void NoteBottleneck(Table& table, const MeasureResult& result) {
  std::string names;
  for (const Series& series : result.series) {
    const double load = SummaryOf(series, LoadShare).median;
    if (!result.measure.one_cpu && load > 0.95 &&
        load > SummaryOf(series, ServerShare).median + 0.02) {
      names += (names.empty() ? "" : ", ") + series.server;
    }
  }
  if (!names.empty()) {
    table.notes.push_back(
        "the load had no CPU time left, and the server had: go by the CPU time for " + names);
  }
}

Table TableOfRates(const Outcome& outcome, const MeasureResult& result) {
  const bool throughput = result.measure.kind == Kind::kThroughput;
  const Series& baseline = BaselineOf(outcome, result);
  const std::string times = "x " + baseline.server;
  Table table;
  table.title = fmt::format("{} ({} pairs)", result.measure.title(), baseline.samples.size());
  table.columns = {"server",
                   throughput ? "MB/s" : "round trips/s",
                   times,
                   "CPU us",
                   "per CPU: " + times,
                   "p50",
                   "p99",
                   "p99.9",
                   "server",
                   "load"};
  for (const Series& series : result.series) {
    if (series.samples.empty()) {
      continue;
    }
    const LatencyHistogram latency = LatencyOf(series);
    const double rate = SummaryOf(series, throughput ? BytesPerSecond : PerSecond).median;
    table.rows.push_back(
        {series.server, Rate(throughput ? rate / 1e6 : rate),
         Ratio(RatioOf(baseline, series, PerSecond)),
         fmt::format("{:.2f}", SummaryOf(series, CpuMicroseconds).median),
         Ratio(RatioOf(baseline, series, PerCpuSecond)), Time(latency.quantile(0.5)),
         Time(latency.quantile(0.99)), Time(latency.quantile(0.999)),
         Share(SummaryOf(series, ServerShare).median), Share(SummaryOf(series, LoadShare).median)});
  }
  NoteBottleneck(table, result);
  NoteTrouble(table, result);
  return table;
}

Table TableOfCalls(const MeasureResult& result) {
  Table table;
  table.title = result.measure.title();
  table.columns = {"server", "calls a round trip"};
  for (const Series& series : result.series) {
    if (!series.samples.empty()) {
      table.rows.push_back(
          {series.server, fmt::format("{:.2f}", SummaryOf(series, CallsPerRoundTrip).median)});
    }
  }
  NoteTrouble(table, result);
  return table;
}

std::string Bytes(double bytes) {
  return driver::Grouped(static_cast<uint64_t>(std::llround(std::max(bytes, 0.0))));
}

Table TableOfMemory(const MeasureResult& result) {
  Table table;
  table.title = result.measure.title() + ", in user space";
  table.columns = {"server", "idle clients", "bytes each, untouched", "once used"};
  for (const Series& series : result.series) {
    if (!series.samples.empty()) {
      const auto untouched = [](const Sample& sample) { return sample.untouched_bytes; };
      const auto used = [](const Sample& sample) { return sample.used_bytes; };
      table.rows.push_back(
          {series.server, driver::Grouped(static_cast<uint64_t>(series.samples[0].memory_clients)),
           Bytes(SummaryOf(series, untouched).median), Bytes(SummaryOf(series, used).median)});
    }
  }
  NoteTrouble(table, result);
  return table;
}

// One table of them all: what is left of a server's own rate with none.
Table TableOfIdle(const std::vector<const MeasureResult*>& points) {
  Table table;
  const auto active = static_cast<uint64_t>(points.front()->measure.shape.clients);
  table.title = fmt::format(
      "idle clients beside {} active ones: round trips a second of server CPU, "
      "as a part of the same with none",
      active);
  table.columns = {"server", "with none"};
  for (const MeasureResult* point : points) {
    const std::string idle = driver::Grouped(static_cast<uint64_t>(point->measure.shape.idle));
    if (point != points.front()) {
      table.columns.push_back(idle);
    }
    NoteTrouble(table, *point, ", " + idle + " idle");
  }
  for (size_t i = 0; i < points.front()->series.size(); ++i) {
    const Series& without = points.front()->series[i];
    std::vector<std::string> row{without.server, Rate(SummaryOf(without, PerCpuSecond).median)};
    for (size_t point = 1; point < points.size(); ++point) {
      const Summary ratio = RatioOf(without, points[point]->series[i], PerCpuSecond);
      row.push_back(ratio.count == 0 ? kNone : fmt::format("{:.3f}", ratio.median));
    }
    if (!without.samples.empty()) {
      table.rows.push_back(row);
    }
  }
  return table;
}

std::string ControlLine(const Outcome& outcome, const MeasureResult& control) {
  const Summary rate = RatioOf(control.series[0], control.series[1], PerSecond);
  const Summary cpu = RatioOf(control.series[0], control.series[1], PerCpuSecond);
  std::string line = fmt::format(
      "{} against itself, {} pairs: {} by rate, {} by CPU time (median of the pairs' ratios, 95 % "
      "confidence)",
      outcome.options.contenders[outcome.options.baseline].name, rate.count, Ratio(rate),
      Ratio(cpu));
  if (std::abs(rate.median - 1) > 0.03 || rate.high - rate.low > 0.06) {
    line += ": differences of rate that are not larger than that mean nothing";
  }
  return line;
}

}  // namespace

std::vector<std::string> Preface(const Outcome& outcome) {
  const BenchResult& result = outcome.result;
  const Cpus& cpus = outcome.options.cpus;
  std::vector<std::string> lines;
  lines.push_back(fmt::format(
      "{}; {}; slices of {} ms; other programs used {} of it meanwhile", outcome.kernel,
      cpus.apart() ? fmt::format("server on CPU {}, load on CPU {}", cpus.server, cpus.load)
                   : fmt::format("server and load share CPU {}", cpus.server),
      outcome.options.slice.count(), Share(result.used_by_others)));
  for (const MeasureResult& measure : result.measures) {
    if (measure.measure.kind == Kind::kControl && HasSamples(measure)) {
      lines.push_back(ControlLine(outcome, measure));
    }
  }
  lines.insert(lines.end(), outcome.notes.begin(), outcome.notes.end());
  if (result.interrupted) {
    lines.emplace_back("interrupted: this is what was done by then");
  }
  if (result.out_of_time) {
    lines.push_back(fmt::format("the time limit of {} s was over: rounds are missing",
                                outcome.options.time_limit.count()));
  }
  return lines;
}

std::vector<Table> TablesOf(const Outcome& outcome) {
  std::vector<Table> tables;
  std::vector<const MeasureResult*> idle;
  for (const MeasureResult& result : outcome.result.measures) {
    if (!HasSamples(result)) {
      continue;
    }
    switch (result.measure.kind) {
      case Kind::kControl:
        break;
      case Kind::kRate:
      case Kind::kThroughput:
        tables.push_back(TableOfRates(outcome, result));
        break;
      case Kind::kCalls:
        tables.push_back(TableOfCalls(result));
        break;
      case Kind::kIdle:
        idle.push_back(&result);
        break;
      case Kind::kMemory:
        tables.push_back(TableOfMemory(result));
        break;
    }
  }
  if (!idle.empty()) {
    tables.push_back(TableOfIdle(idle));
  }
  return tables;
}

}  // namespace eagain::bench
