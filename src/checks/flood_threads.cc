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
  bool runnable = false;
};

std::vector<Share> SharesOf(const driver::TreeSample& before, const driver::TreeSample& now) {
  std::map<pid_t, nanoseconds> earlier;
  for (const auto& process : before.processes) {
    for (const auto& thread : process.threads) {
      earlier[thread.tid] = thread.cpu;
    }
  }
  std::vector<Share> shares;
  for (const auto& process : now.processes) {
    for (const auto& thread : process.threads) {
      shares.push_back({.tid = thread.tid,
                        .took = std::max(thread.cpu - earlier[thread.tid], nanoseconds{}),
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

}  // namespace eagain::checks
