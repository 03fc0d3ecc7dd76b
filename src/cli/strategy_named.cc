#include "eagain/cli/strategy_named.h"

#include <fmt/format.h>

#include "eagain/runner/bad_usage.h"

namespace eagain::cli {

const Strategy& StrategyNamed(const std::string& name) {
  if (const Strategy* strategy = FindStrategy(name); strategy != nullptr) {
    return *strategy;
  }
  std::string message = fmt::format("there is no strategy '{}'; there are:", name);
  for (const Strategy& known : Strategies()) {
    message += fmt::format(" {}", known.name);
  }
  throw runner::BadUsage(message);
}

}  // namespace eagain::cli
