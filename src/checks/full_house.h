// A server at its limit of open descriptors (RLIMIT_NOFILE), which prlimit(2) sets on the running
// process to a little more than it uses: so each run-time has what it needs for itself, and the
// EMFILE that follows is the kernel's own.
#pragma once

#include <vector>

#include "eagain/checks/context.h"

namespace eagain::checks {

struct FullHouse {
  std::vector<Peer> served;  // got an echo, and are connected
  // Came when no descriptor was left and has sent "hello": waits unaccepted, or was closed by the
  // server, or is served all the same. At most one, since a backlog may hold no more; none when the
  // limit was never reached (a process of its own for each client).
  std::vector<Peer> late;
};

// Lowers the limit so that each process of the server can open only a few more descriptors, and
// connects clients, each with an echo, until they are used up.
awaitable<FullHouse> FillToDescriptorLimit(Context& ctx);

enum class Answer { kNone, kBytes, kEnd };
// What the client would find if it read now.
Answer AnswerTo(const Peer& peer);

// Waits for any answer, and longer than for others: a server that ran out of descriptors may
// rightly pause for some seconds before it accepts again.
awaitable<Answer> WaitForAnswer(Context& ctx, const Peer& peer);

}  // namespace eagain::checks
