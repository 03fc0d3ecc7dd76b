#include <nlohmann/json.hpp>

#include "eagain/bench/outcome.h"
#include "eagain/report/shell_quote.h"

namespace eagain::bench {
namespace {

using Ordered = nlohmann::ordered_json;

Ordered ToJson(const Summary& summary) {
  if (summary.count == 0) {
    return nullptr;
  }
  return {{"median", summary.median},
          {"low", summary.low},
          {"high", summary.high},
          {"count", summary.count}};
}

Ordered LatencyToJson(const LatencyHistogram& latency) {
  const auto us = [&](double share) {
    return static_cast<double>(latency.quantile(share).count()) / 1000;
  };
  return {{"p50", us(0.5)}, {"p99", us(0.99)}, {"p99.9", us(0.999)}, {"count", latency.count()}};
}

Ordered SampleToJson(const Sample& sample, Kind kind) {
  if (kind == Kind::kMemory) {
    return {{"round", sample.round},
            {"clients", sample.memory_clients},
            {"untouched_bytes", sample.untouched_bytes},
            {"used_bytes", sample.used_bytes}};
  }
  Ordered value = {{"round", sample.round},
                   {"wall_ns", sample.load.wall.count()},
                   {"round_trips", sample.load.round_trips},
                   {"bytes", sample.load.bytes},
                   {"server_cpu_ns", sample.load.server.cpu.count()},
                   {"load_cpu_ns", sample.load.load_cpu.count()}};
  if (kind == Kind::kCalls) {
    value["server_calls"] = sample.load.server.calls;
  }
  return value;
}

void AddFigures(Ordered& value, const Series& series, const Series& baseline, Kind kind) {
  if (kind == Kind::kMemory) {
    return;
  }
  if (kind == Kind::kCalls) {
    value["calls_per_round_trip"] = ToJson(SummaryOf(series, CallsPerRoundTrip));
    return;
  }
  value["round_trips_per_second"] = ToJson(SummaryOf(series, PerSecond));
  value["bytes_per_second"] = ToJson(SummaryOf(series, BytesPerSecond));
  value["server_cpu_us_per_round_trip"] = ToJson(SummaryOf(series, CpuMicroseconds));
  value["server_share"] = ToJson(SummaryOf(series, ServerShare));
  value["load_share"] = ToJson(SummaryOf(series, LoadShare));
  value["latency_us"] = LatencyToJson(LatencyOf(series));
  value["rate_ratio"] = ToJson(RatioOf(baseline, series, PerSecond));
  value["cpu_ratio"] = ToJson(RatioOf(baseline, series, PerCpuSecond));
}

Ordered SeriesToJson(const Series& series, const Series& baseline, Kind kind) {
  Ordered value = {
      {"server", series.server},
      {"trouble", series.trouble.empty() ? Ordered(nullptr) : Ordered(series.trouble)}};
  AddFigures(value, series, baseline, kind);
  value["samples"] = Ordered::array();
  for (const Sample& sample : series.samples) {
    value["samples"].push_back(SampleToJson(sample, kind));
  }
  return value;
}

Ordered MeasureToJson(const MeasureResult& result, size_t baseline) {
  const Measure& measure = result.measure;
  Ordered value = {{"kind", KindName(measure.kind)},
                   {"title", measure.title()},
                   {"clients", measure.shape.clients},
                   {"idle", measure.shape.idle},
                   {"message_bytes", measure.shape.message_bytes},
                   {"in_flight", measure.shape.in_flight},
                   {"one_cpu", measure.one_cpu},
                   {"rounds", measure.rounds},
                   {"servers", Ordered::array()}};
  const Series& first = result.series[measure.kind == Kind::kControl ? 0 : baseline];
  for (const Series& series : result.series) {
    value["servers"].push_back(SeriesToJson(series, first, measure.kind));
  }
  return value;
}

}  // namespace

std::string RenderJson(const Outcome& outcome) {
  const BenchOptions& options = outcome.options;
  Ordered value = {{"schema", "eagain/bench/v1"},
                   {"version", outcome.version},
                   {"started", outcome.started},
                   {"command", outcome.command},
                   {"kernel", outcome.kernel},
                   {"server_cpu", options.cpus.server},
                   {"load_cpu", options.cpus.load},
                   {"slice_ms", options.slice.count()},
                   {"duration_ms", outcome.result.duration.count()},
                   {"used_by_others", outcome.result.used_by_others},
                   {"interrupted", outcome.result.interrupted},
                   {"out_of_time", outcome.result.out_of_time},
                   {"baseline", options.contenders[options.baseline].name},
                   {"servers", Ordered::array()},
                   {"notes", outcome.notes},
                   {"measures", Ordered::array()}};
  for (const Contender& contender : options.contenders) {
    value["servers"].push_back(
        {{"name", contender.name}, {"command", report::ShellCommand(contender.command.argv)}});
  }
  for (const MeasureResult& result : outcome.result.measures) {
    value["measures"].push_back(MeasureToJson(result, options.baseline));
  }
  return value.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace eagain::bench
