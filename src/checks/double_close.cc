#include "eagain/checks/double_close.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "eagain/checks/churn.h"
#include "eagain/checks/clients.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

using Record = fault::InjectionRecord;

// Which descriptors were clients' and are closed, in each process, told call by call.
class ClosedDescriptors {
 public:
  // A call on a descriptor that the same process had closed before. Loops that close all numbers there are
  // (a child does so before it becomes another program) close none twice.
  std::optional<std::string> see(const Record& record) {
    if (record.call.starts_with("accept") && record.result >= 0) {
      closed_[record.pid].erase(static_cast<int>(*record.result));
      return std::nullopt;
    }
    if (record.call == "close" && record.role == "client" && record.result == 0) {
      ++closes_;
      closed_[record.pid].insert(record.fd);
      return std::nullopt;
    }
    if (record.result != -EBADF || closed_[record.pid].count(record.fd) == 0) {
      return std::nullopt;
    }
    return fmt::format("{}({}) says EBADF: process {} had closed descriptor {}, a client's, before",
                       record.call, record.fd, record.pid, record.fd);
  }
  size_t closes() const { return closes_; }

 private:
  std::map<pid_t, std::set<int>> closed_;
  size_t closes_ = 0;
};

size_t ClosesOf(const fault::InjectionLog& log) {
  ClosedDescriptors closed;
  for (const Record& record : log.records()) {
    static_cast<void>(closed.see(record));
  }
  return closed.closes();
}

}  // namespace

awaitable<void> DoubleClose(Context& ctx) {
  co_await ctx.start_server_observed(
      "accept EMFILE; close EINTR; shutdown reset; recv short 1; send short 1");
  size_t clients = 0;
  for (const Leaving way : {Leaving::kClose, Leaving::kHalfClose, Leaving::kReset, Leaving::kUnread,
                            Leaving::kAtOnce, Leaving::kAtOnceReset, Leaving::kClose}) {
    co_await ComeAndGo(ctx, way);
    ++clients;
  }
  co_await ctx.expect_alive("clients that left in several ways");
  // What is logged comes a moment after what it tells of.
  constexpr driver::PatienceLimits kMoment{.quiet = std::chrono::milliseconds(400),
                                           .busy = std::chrono::milliseconds(400),
                                           .unfair = std::chrono::milliseconds(400)};
  const auto all_closed = [&ctx, clients] { return ClosesOf(*ctx.injection()) > clients; };
  co_await ctx.patience().until_within(kMoment, all_closed);
  co_await ctx.handled();
  ClosedDescriptors closed;
  for (const Record& record : ctx.injection()->records()) {
    if (const auto twice = closed.see(record)) {
      throw Failure("no call is made on a descriptor that was closed already", *twice);
    }
  }
  if (closed.closes() == 0) {
    throw Skip("the server's calls of close cannot be seen");
  }
}

}  // namespace eagain::checks
