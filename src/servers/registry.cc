#include "eagain/servers/registry.h"

#include <algorithm>

#include "eagain/servers/epoll_et_poller.h"
#include "eagain/servers/epoll_poller.h"
#include "eagain/servers/reactor.h"

namespace eagain {

namespace {

template <typename SomePoller>
std::unique_ptr<Server> MakeReactor(Sys& sys, const ServerOptions& options) {
  return std::make_unique<Reactor>(sys, options, std::make_unique<SomePoller>(sys));
}

constexpr Strategy kStrategies[] = {
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
};

}  // namespace

std::span<const Strategy> Strategies() { return kStrategies; }

const Strategy* FindStrategy(std::string_view name) {
  const auto found = std::ranges::find(kStrategies, name, &Strategy::name);
  return found == std::end(kStrategies) ? nullptr : found;
}

}  // namespace eagain
