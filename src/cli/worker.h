// The hidden verb: one check, in a process of its own.
#pragma once

namespace eagain::cli {

inline constexpr const char* kWorkerVerb = "run-check";

// Does not return. See runner/worker_main.h.
[[noreturn]] void RunWorker();

}  // namespace eagain::cli
