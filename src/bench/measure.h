// What is measured, and what comes out of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eagain/bench/cpus.h"
#include "eagain/bench/load.h"
#include "eagain/bench/statistics.h"

namespace eagain::bench {

enum class Kind {
  kControl,     // the baseline against itself: how far apart two equal servers seem to be here
  kRate,        // round trips
  kThroughput,  // bytes, messages sent without waiting for the ones before
  kCalls,       // system calls a round trip
  kIdle,        // round trips while others are connected and say nothing
  kMemory,      // per client that is connected and says nothing
};

// "rate", as reports and options have it.
const char* KindName(Kind kind);

struct Measure {
  Kind kind = Kind::kRate;
  LoadShape shape{};
  bool one_cpu = false;  // load and server share the server's CPU
  int rounds = 1;        // how often each server has its turn

  // "50 clients, 64-byte messages"
  std::string title() const;
};

// One server's turn.
struct Sample {
  int round = 0;
  LoadResult load{};
  // Of a kMemory: see memory.h.
  int memory_clients = 0;
  double untouched_bytes = 0;
  double used_bytes = 0;
};

// One server in one measure.
struct Series {
  std::string server;
  std::vector<Sample> samples{};  // by round
  std::string trouble{};          // why it has no more samples; empty if it has all
};

struct MeasureResult {
  Measure measure;
  std::vector<Series> series{};  // in the order of the servers; kControl: the baseline twice
};

// The values of one kind of all samples, and those of two series that are of the same round.
using Value = double (*)(const Sample&);
std::vector<double> ValuesOf(const Series& series, Value value);
Summary SummaryOf(const Series& series, Value value);
Summary RatioOf(const Series& first, const Series& second, Value value);

double PerSecond(const Sample& sample);        // round trips
double BytesPerSecond(const Sample& sample);   // of a kThroughput
double CpuMicroseconds(const Sample& sample);  // the server's, a round trip
double PerCpuSecond(const Sample& sample);     // round trips in a second of the server's CPU
double CallsPerRoundTrip(const Sample& sample);
double ServerShare(const Sample& sample);  // of one CPU
double LoadShare(const Sample& sample);
LatencyHistogram LatencyOf(const Series& series);

}  // namespace eagain::bench
