// What a failure says of the server besides the bytes: sizes, and what it is doing now.
#pragma once

#include <cstdint>
#include <string>

#include "eagain/checks/context.h"

namespace eagain::checks {

// "61.2 MiB", "12 KiB", "300 bytes"
std::string MemorySize(uint64_t bytes);

// What its threads do: "its threads: epoll_wait(4), futex (8 threads)".
std::string WhatThreadsDo(Context& ctx);

}  // namespace eagain::checks
