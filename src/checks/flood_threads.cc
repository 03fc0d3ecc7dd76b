#include "eagain/checks/flood_threads.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

namespace eagain::checks {
namespace {

using std::chrono::nanoseconds;

struct Share {
  pid_t tid = 0;
  nanoseconds took{};
  nanoseconds waited{};
  bool runnable = false;

  nanoseconds wanted() const { return took + waited; }
};

std::vector<Share> SharesOf(const driver::TreeSample& before, const driver::TreeSample& now) {
  std::map<pid_t, driver::ThreadSample> earlier;
  for (const auto& process : before.processes) {
    for (const auto& thread : process.threads) {
      earlier[thread.tid] = thread;
    }
  }
  std::vector<Share> shares;
  for (const auto& process : now.processes) {
    for (const auto& thread : process.threads) {
      const driver::ThreadSample& then = earlier[thread.tid];
      shares.push_back({.tid = thread.tid,
                        .took = std::max(thread.cpu - then.cpu, nanoseconds{}),
                        .waited = std::max(thread.run_delay - then.run_delay, nanoseconds{}),
                        .runnable = thread.state == 'R' || thread.state == 'D'});
    }
  }
  return shares;
}

}  // namespace

pid_t BusiestThread(const driver::TreeSample& before, const driver::TreeSample& now) {
  Share busiest;
  for (const Share& share : SharesOf(before, now)) {
    if (share.took > busiest.took) {
      busiest = share;
    }
  }
  return busiest.tid;
}

bool OthersWaitForCpu(const driver::TreeSample& before, const driver::TreeSample& now) {
  const std::vector<Share> shares = SharesOf(before, now);
  nanoseconds all{};
  for (const Share& share : shares) {
    all += share.took;
  }
  const bool counted = all.count() > 0;
  return shares.size() > 1 && std::any_of(shares.begin(), shares.end(), [&](const Share& share) {
           return share.runnable && (!counted || share.took * 4 < all);
         });
}

bool CpuIsSharedUnequally(const driver::TreeSample& before, const driver::TreeSample& now) {
  const std::vector<Share> shares = SharesOf(before, now);
  nanoseconds most{};
  for (const Share& share : shares) {
    most = std::max(most, share.wanted());
  }
  if (most.count() == 0) {
    return shares.size() > 1;
  }
  double least_let = 1;
  double most_let = 0;
  for (const Share& share : shares) {
    if (share.wanted() * 10 >= most) {
      const double let =
          static_cast<double>(share.took.count()) / static_cast<double>(share.wanted().count());
      least_let = std::min(least_let, let);
      most_let = std::max(most_let, let);
    }
  }
  return most_let >= 2 * least_let;
}

}  // namespace eagain::checks
