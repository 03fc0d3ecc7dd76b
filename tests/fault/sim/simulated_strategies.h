// The strategies that can be simulated, as parameters of tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "eagain/cli/simulated/simulated_strategy.h"

namespace eagain::sim {

inline std::vector<const Strategy*> SimulatedStrategies() {
  std::vector<const Strategy*> strategies;
  for (const Strategy& strategy : Strategies()) {
    if (WhyNotSimulated(strategy) == nullptr) {
      strategies.push_back(&strategy);
    }
  }
  return strategies;
}

inline std::string StrategyTestName(const testing::TestParamInfo<const Strategy*>& info) {
  std::string name(info.param->name);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace eagain::sim
