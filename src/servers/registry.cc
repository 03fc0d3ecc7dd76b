#include "eagain/servers/registry.h"

#include <algorithm>

#include "eagain/servers/blocking.h"
#include "eagain/servers/busy_poll.h"
#include "eagain/servers/connection_processes.h"
#include "eagain/servers/connection_threads.h"
#include "eagain/servers/dispatcher.h"
#include "eagain/servers/epoll_et_poller.h"
#include "eagain/servers/epoll_poller.h"
#include "eagain/servers/io_uring.h"
#include "eagain/servers/poll_poller.h"
#include "eagain/servers/reactor.h"
#include "eagain/servers/reactors.h"
#include "eagain/servers/select_poller.h"

namespace eagain {

namespace {

template <typename SomeServer>
std::unique_ptr<Server> Make(Sys& sys, const ServerOptions& options) {
  return std::make_unique<SomeServer>(sys, options);
}

template <typename SomePoller>
std::unique_ptr<Server> MakeReactor(Sys& sys, const ServerOptions& options) {
  return std::make_unique<Reactor>(sys, options, std::make_unique<SomePoller>(sys));
}

std::unique_ptr<Server> MakeThreads(Sys& sys, const ServerOptions& options) {
  return std::make_unique<Dispatcher>(
      sys, options,
      [](Sys& here, const ServerOptions& all, Stop& stop, int) -> std::unique_ptr<Workers> {
        return std::make_unique<ConnectionThreads>(here, all, stop);
      });
}

std::unique_ptr<Server> MakeProcesses(Sys& sys, const ServerOptions& options) {
  return std::make_unique<Dispatcher>(sys, options,
                                      [](Sys& here, const ServerOptions& all, Stop& stop,
                                         int listener) -> std::unique_ptr<Workers> {
                                        return std::make_unique<ConnectionProcesses>(
                                            here, all, stop, listener);
                                      });
}

constexpr std::string_view kSecondWaits = "a second client waits until the first has left";

constexpr DeclaredLimit kBlockingLimits[] = {
    {"concurrency/*", kSecondWaits},
    {"fairness/*", "a client that stays is the only one that is served"},
    {"ordering/interleaved-stalls", "only the first of the stalled clients has been accepted"},
    {"disconnect/others-unharmed", "others cannot be in conversation at the same time"},
    {"resources/idle-connected", kSecondWaits},
    {"resources/descriptor-limit*", kSecondWaits},
    {"resources/beyond-fd-setsize", kSecondWaits},
    {"resources/memory-per-client", kSecondWaits},
};

constexpr DeclaredLimit kBusyPollLimits[] = {
    {"resources/idle-*", "it asks a thousand times a second instead of waiting"},
    {"strategy/blocks-when-idle", "it does not wait, it asks"},
};

constexpr DeclaredLimit kSelectLimits[] = {
    {"resources/beyond-fd-setsize", "a descriptor over 1,023 is not in its sets: refused",
     DeclaredLimit::Effect::kNarrows},
};

constexpr Strategy kStrategies[] = {
    {.name = "blocking",
     .summary = "one thread, blocking calls: a client is served until it leaves, then the next",
     .limits = kBlockingLimits,
     .make = Make<BlockingServer>},
    {.name = "busy-poll",
     .summary = "one thread, non-blocking calls: every client is asked in turn, with a short sleep",
     .limits = kBusyPollLimits,
     .make = Make<BusyPollServer>},
    {.name = "select",
     .summary = "one thread, select: sets of bits, rebuilt each turn, for descriptors below 1024",
     .limits = kSelectLimits,
     .make = MakeReactor<SelectPoller>},
    {.name = "poll",
     .summary = "one thread, poll: one array of descriptors, gone through each turn",
     .limits = {},
     .make = MakeReactor<PollPoller>},
    {.name = "epoll",
     .summary =
         "one thread, epoll, level-triggered: a turn costs what is ready, not what is watched",
     .limits = {},
     .make = MakeReactor<EpollPoller>},
    {.name = "epoll-et",
     .summary =
         "one thread, epoll, edge-triggered: drained to EAGAIN, within a budget for each turn",
     .limits = {},
     .make = MakeReactor<EpollEtPoller>},
    {.name = "threads",
     .summary = "one thread per connection, blocking calls, and one thread that accepts",
     .limits = {},
     .make = MakeThreads},
    {.name = "processes",
     .summary =
         "one process per connection, blocking calls, and one process that accepts and reaps",
     .limits = {},
     .make = MakeProcesses},
    {.name = "io_uring",
     .summary =
         "one thread, io_uring: calls are handed over, and the kernel tells what they came to",
     .limits = {},
     .make = Make<IoUringServer>},
    {.name = "reactors",
     .summary = "one epoll loop per core, each with clients and a listener of its own, on one port",
     .limits = {},
     .make = Make<ReactorsServer>},
};

}  // namespace

std::span<const Strategy> Strategies() { return kStrategies; }

const Strategy* FindStrategy(std::string_view name) {
  const auto found = std::ranges::find(kStrategies, name, &Strategy::name);
  return found == std::end(kStrategies) ? nullptr : found;
}

}  // namespace eagain
