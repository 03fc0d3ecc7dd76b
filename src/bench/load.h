// The load: clients that send, wait for the echo, and send again, all in one thread.
//
// It must cost less than the server, or it would be the load that is measured. So it asks no
// poller: it goes round its clients, receives from each what is there and sends the next message -
// two system calls a round trip, where a server that waits for readiness makes more than two - and
// when it has come round it waits for the client that has waited longest. What it costs is measured
// with each run.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "eagain/bench/crowd.h"
#include "eagain/bench/latency_histogram.h"

namespace eagain::bench {

struct LoadShape {
  int clients = 1;
  int idle = 0;  // other clients, which are connected and say nothing
  size_t message_bytes = 64;
  int in_flight = 1;  // messages of each client that are under way at once

  bool operator==(const LoadShape&) const = default;
};

// What a server has used up so far.
struct Usage {
  std::chrono::nanoseconds cpu{};
  uint64_t calls = 0;  // 0 where they are not counted
};

struct LoadResult {
  std::chrono::nanoseconds wall{};
  std::chrono::nanoseconds load_cpu{};
  Usage server;  // what it used meanwhile
  uint64_t round_trips = 0;
  uint64_t bytes = 0;  // echoed
  LatencyHistogram latency;

  double per_second() const;
  double bytes_per_second() const;
  double server_cpu_us() const;  // a round trip
  double server_share() const;   // of one CPU
  double load_share() const;
};

struct LoadTarget {
  Address address;
  std::function<Usage()> usage;  // asked before and after
};

// Connects the idle clients and then the others, has each of the latter echoed something once, and
// measures for `duration`. The connections end with a reset, so that no port is held for a minute
// after. Throws driver::Failure when the server does not serve all clients within `patience`, sends
// back something else, or stops serving; HarnessError for trouble of this machine's; Interrupted
// soon after `stop` is set.
LoadResult RunLoad(const LoadTarget& target, const LoadShape& shape,
                   std::chrono::milliseconds duration, const std::atomic<bool>& stop,
                   std::chrono::milliseconds patience = kPatience);

}  // namespace eagain::bench
