#include "eagain/fault/inject/replay.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "eagain/fault/inject/injection_log.h"
#include "eagain/fault/plan/parser.h"

namespace eagain::fault {

Replay ReadReplay(const std::string& path) {
  Replay replay;
  if (!std::ifstream(path)) {
    replay.error = fmt::format("cannot read {}: {}", path, std::strerror(errno));
    return replay;
  }
  InjectionLog log(path);
  log.update();
  const InjectionRecord* start = log.start();
  if (start == nullptr) {
    replay.error =
        fmt::format("{} is no log of eagain inject: its first line does not say \"start\"", path);
    return replay;
  }
  ParsedPlan parsed = ParsePlan(start->plan, {.file = path, .hostile = start->hostile});
  if (!parsed.ok()) {
    replay.error = fmt::format("the plan in {} is none: {}", path, parsed.errors.front().reason);
    return replay;
  }
  replay.plan = std::move(parsed.plan);
  replay.run.seed = start->seed;
  replay.run.hostile = start->hostile;
  replay.run.only.emplace(replay.plan.rules.size());
  for (const InjectionRecord& record : log.records()) {
    if (record.kind == InjectionRecord::Kind::kFired && record.rule < replay.plan.rules.size()) {
      (*replay.run.only)[record.rule].insert(record.nth);
    }
  }
  return replay;
}

}  // namespace eagain::fault
