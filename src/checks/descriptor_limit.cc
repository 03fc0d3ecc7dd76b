#include "eagain/checks/descriptor_limit.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

namespace eagain::checks {
namespace {

// What either side needs beside the connections: standard streams, logs, epoll and event
// descriptors, a runtime's own.
constexpr uint64_t kOther = 200;

}  // namespace

awaitable<void> MakeRoomForClients(Context& ctx, uint64_t clients) {
  const uint64_t needed = clients + kOther;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < needed) {
    throw Skip(fmt::format(
        "{} descriptors are needed, and the hard limit here (ulimit -Hn) is {}: raise it to check "
        "this",
        needed, limit.rlim_max));
  }
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = needed;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ctx.stop_server();
  // Ample, so that only a limit of the server's own making can be in its way.
  ctx.command().descriptor_limit =
      std::min<uint64_t>(limit.rlim_max, std::max(needed, uint64_t{4096}));
  co_await ctx.start_server();
}

}  // namespace eagain::checks
