#include "eagain/bench/measure.h"

#include <fmt/format.h>

#include <algorithm>

#include "eagain/driver/wording.h"

namespace eagain::bench {
namespace {

std::string SizeName(size_t bytes) {
  return bytes >= 1024 && bytes % 1024 == 0 ? fmt::format("{} KiB", bytes / 1024)
                                            : fmt::format("{} bytes", bytes);
}

}  // namespace

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kControl:
      return "control";
    case Kind::kRate:
      return "rate";
    case Kind::kThroughput:
      return "throughput";
    case Kind::kCalls:
      return "calls";
    case Kind::kIdle:
      return "idle";
    case Kind::kMemory:
      return "memory";
  }
  return "";
}

std::string Measure::title() const {
  using driver::Counted;
  using driver::Grouped;
  const auto clients = static_cast<uint64_t>(shape.clients);
  const auto idle = static_cast<uint64_t>(shape.idle);
  switch (kind) {
    case Kind::kControl:
      return fmt::format("the baseline against itself, {}", Counted(clients, "client"));
    case Kind::kRate:
      return fmt::format("{}, messages of {}{}", Counted(clients, "client"),
                         SizeName(shape.message_bytes),
                         one_cpu ? ", server and load on one CPU" : "");
    case Kind::kThroughput:
      return fmt::format("throughput: {}, each with {} x {} in flight", Counted(clients, "client"),
                         shape.in_flight, SizeName(shape.message_bytes));
    case Kind::kCalls:
      return fmt::format("system calls, {}", Counted(clients, "client"));
    case Kind::kIdle:
      return fmt::format("{} and {} idle", Counted(clients, "client"), Grouped(idle));
    case Kind::kMemory:
      return fmt::format("memory of {} idle clients", Grouped(idle));
  }
  return "";
}

std::vector<double> ValuesOf(const Series& series, Value value) {
  std::vector<double> values(series.samples.size());
  std::ranges::transform(series.samples, values.begin(), value);
  return values;
}

Summary SummaryOf(const Series& series, Value value) { return Summarize(ValuesOf(series, value)); }

Summary RatioOf(const Series& first, const Series& second, Value value) {
  std::vector<double> of_first;
  std::vector<double> of_second;
  for (const Sample& one : second.samples) {
    const auto same = std::ranges::find(first.samples, one.round, &Sample::round);
    if (same != first.samples.end()) {
      of_first.push_back(value(*same));
      of_second.push_back(value(one));
    }
  }
  return RatioOfPairs(of_first, of_second);
}

double PerSecond(const Sample& sample) { return sample.load.per_second(); }
double BytesPerSecond(const Sample& sample) { return sample.load.bytes_per_second(); }
double CpuMicroseconds(const Sample& sample) { return sample.load.server_cpu_us(); }
double ServerShare(const Sample& sample) { return sample.load.server_share(); }
double LoadShare(const Sample& sample) { return sample.load.load_share(); }

double PerCpuSecond(const Sample& sample) {
  const double us = sample.load.server_cpu_us();
  return us > 0 ? 1e6 / us : 0;
}

double CallsPerRoundTrip(const Sample& sample) {
  return sample.load.round_trips == 0 ? 0
                                      : static_cast<double>(sample.load.server.calls) /
                                            static_cast<double>(sample.load.round_trips);
}

LatencyHistogram LatencyOf(const Series& series) {
  LatencyHistogram all;
  for (const Sample& sample : series.samples) {
    all.add(sample.load.latency);
  }
  return all;
}

}  // namespace eagain::bench
