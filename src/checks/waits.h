// By which call a server waits for its clients, told from what its threads are blocked in while
// nothing happens.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "eagain/checks/context.h"
#include "eagain/driver/proc_stats.h"

namespace eagain::checks {

// A wait for any of several descriptors: "select", "poll", "epoll_wait", "io_uring_enter". Empty when
// the call is none, or waits for no descriptor at all (a sleep), or, with poll, for a single one
// (what some run-times do where others call recv).
std::string WaitIn(const driver::ThreadCall& call);
// Of all threads now.
std::set<std::string> WaitsNow(Context& ctx);

// Lets the server handle what has come, and answers what its threads are then blocked in. A thread
// that waits may be found running all the same, when a timer or the kernel has just woken it: so it
// is looked again until none runs, unless the server spins.
awaitable<std::vector<driver::ThreadCall>> CallsAtRest(Context& ctx);
awaitable<std::set<std::string>> WaitsAtRest(Context& ctx);

// It waits for room: the call is a send on a blocking descriptor.
bool Sends(const driver::ThreadCall& call);

// The client's connection at the server's end is waited for by a thread that waits for nothing else:
// it is blocked in recv, or in a poll of one descriptor. Answers which threads those may be.
std::vector<driver::ThreadCall> ThreadsBlockedOn(Context& ctx, uint64_t socket_inode);

// Throws Skip when what the threads of the server call may not be looked at here.
void RequireCallsVisible(Context& ctx);

}  // namespace eagain::checks
