// A Job is what a worker is told to do; an Outcome is what it answers. Both travel as CBOR (RFC
// 8949), since command lines and servers' output are bytes, which JSON cannot hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eagain/checks/outcome.h"
#include "eagain/driver/patience.h"
#include "eagain/driver/server_process.h"
#include "eagain/runner/sandbox.h"

namespace eagain::runner {

// Jobs that are no check: to run the command to its end, and to do nothing at all.
inline constexpr std::string_view kBuildJob = "build";
inline constexpr std::string_view kProbeJob = "probe";

struct Job {
  std::string id;  // of the check, or one of the above
  driver::ServerCommand command;
  std::string strategy;
  uint64_t seed = 1;
  driver::PatienceLimits patience;
  checks::Injector injector = {};
  bool await_port = false;  // wait until the built-in port is free (port_wait.h)
  std::optional<InsideSandbox> sandbox = {};
  std::optional<checks::MemoryWatch> memory = {};
};

std::string Encode(const Job& job);
std::string Encode(const checks::Outcome& outcome);

// Nothing when the bytes are not what Encode() made: cut short, for one.
std::optional<Job> DecodeJob(std::string_view bytes);
std::optional<checks::Outcome> DecodeOutcome(std::string_view bytes);

}  // namespace eagain::runner
