// A trial: a server under a fault plan serves clients, round after round, until the faults have fired.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "eagain/checks/context.h"

namespace eagain::checks {

struct Trial {
  // What comes every so many calls comes no more than a hundred times: a server with the same rhythm
  // (select and poll by turns, a peek before each recv) would never get past it, which no kernel does
  // to anybody.
  std::string plan;
  // One round: whoever comes in it leaves in it too. What fails in it is held against the server.
  std::function<awaitable<void>(Context&)> round;
  int rounds = 8;     // at most
  size_t enough = 4;  // rounds end once each rule has fired so often
  std::string_view
      calls;  // what a plan that did not fire waited for: "a send on a non-blocking descriptor"
};

// Starts the server anew and goes through the rounds. A failure tells of the last fault before it. Throws
// Skip where servers cannot be run under plans, and when not one fault fired, for then nothing was shown.
awaitable<void> Try(Context& ctx, Trial trial);

// The same for a check that has shown something already: what cannot be tried here is noted.
awaitable<void> TryToo(Context& ctx, Trial trial);

// How many faults have fired, of the server that runs now: of all rules, or of one.
size_t Fired(Context& ctx);
size_t Fired(Context& ctx, size_t rule);
// A fault may be told of a moment after the client could see it.
awaitable<bool> FiredMoreThan(Context& ctx, size_t count);

// A client that is served: a greeting, `bytes` of its pattern in one piece, and then it leaves in good order.
awaitable<void> ServeOne(Context& ctx, size_t bytes);

// Of a conversation in which a fault ended the connection, the end is no fault of the server's. Answers false
// when it ended so; a failure for which no fault accounts is thrown on. `accounted` counts those that do.
awaitable<bool> Survives(Context& ctx, std::function<awaitable<void>()> conversation,
                         size_t& accounted);

}  // namespace eagain::checks
