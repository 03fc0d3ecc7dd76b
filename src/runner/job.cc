#include "eagain/runner/job.h"

#include <nlohmann/json.hpp>

namespace eagain::runner {
namespace {

using nlohmann::json;

std::string ToBytes(const json& value) {
  const std::vector<uint8_t> bytes = json::to_cbor(value);
  return {bytes.begin(), bytes.end()};
}

json ToJson(const std::optional<InsideSandbox>& inside) {
  return inside ? json::array({inside->strong, inside->folder, inside->copy_from,
                               inside->limits.memory_bytes, inside->limits.processes,
                               inside->limits.file_bytes, inside->limits.cpu.count()})
                : json(nullptr);
}

std::optional<InsideSandbox> SandboxFrom(const json& value) {
  if (value.is_null()) {
    return std::nullopt;
  }
  InsideSandbox inside{.strong = value.at(0).get<bool>(),
                       .folder = value.at(1).get<std::string>(),
                       .copy_from = value.at(2).get<std::string>(),
                       .limits = {}};
  inside.limits.memory_bytes = value.at(3).get<uint64_t>();
  inside.limits.processes = value.at(4).get<uint64_t>();
  inside.limits.file_bytes = value.at(5).get<uint64_t>();
  inside.limits.cpu = std::chrono::seconds(value.at(6).get<int64_t>());
  return inside;
}

json ToJson(const std::optional<checks::Partial>& partial) {
  return partial ? json::array({partial->done, partial->of, partial->what}) : json(nullptr);
}

std::optional<checks::Partial> PartialFrom(const json& value) {
  if (value.is_null()) {
    return std::nullopt;
  }
  return checks::Partial{.done = value.at(0).get<int>(),
                         .of = value.at(1).get<int>(),
                         .what = value.at(2).get<std::string>()};
}

json ToJson(const std::optional<checks::MemoryWatch>& watch) {
  return watch ? json::array({static_cast<int>(watch->tool), watch->leaks, watch->ask,
                              watch->untrusted, watch->folder})
               : json(nullptr);
}

std::optional<checks::MemoryWatch> MemoryWatchFrom(const json& value) {
  if (value.is_null()) {
    return std::nullopt;
  }
  return checks::MemoryWatch{.tool = static_cast<checks::MemoryTool>(value.at(0).get<int>()),
                             .leaks = value.at(1).get<bool>(),
                             .ask = value.at(2).get<bool>(),
                             .folder = value.at(4).get<std::string>(),
                             .untrusted = value.at(3).get<bool>()};
}

json ToJson(const checks::MemoryReport& report) {
  return json::array({static_cast<int>(report.concern), report.tool, report.kind, report.pid,
                      report.lines, report.bytes, report.text, report.key});
}

checks::MemoryReport MemoryReportFrom(const json& value) {
  return {.concern = static_cast<checks::Concern>(value.at(0).get<int>()),
          .tool = value.at(1).get<std::string>(),
          .kind = value.at(2).get<std::string>(),
          .pid = value.at(3).get<pid_t>(),
          .lines = value.at(4).get<std::vector<std::string>>(),
          .bytes = value.at(5).get<uint64_t>(),
          .text = value.at(6).get<std::string>(),
          .key = value.at(7).get<std::string>()};
}

json ToJson(const std::optional<checks::MemoryFindings>& findings) {
  if (!findings) {
    return nullptr;
  }
  json reports = json::array();
  for (const checks::MemoryReport& report : findings->reports) {
    reports.push_back(ToJson(report));
  }
  return json::array({std::move(reports), findings->no_leak_check, findings->sanitizers});
}

std::optional<checks::MemoryFindings> MemoryFindingsFrom(const json& value) {
  if (value.is_null()) {
    return std::nullopt;
  }
  checks::MemoryFindings findings;
  for (const json& report : value.at(0)) {
    findings.reports.push_back(MemoryReportFrom(report));
  }
  findings.no_leak_check = value.at(1).get<std::string>();
  findings.sanitizers = value.at(2).get<std::vector<std::string>>();
  return findings;
}

template <typename T>
json ToJson(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

template <typename T>
std::optional<T> OptionalFrom(const json& value) {
  return value.is_null() ? std::nullopt : std::optional<T>(value.get<T>());
}

json ToJson(const driver::Event& event) {
  return json::array({event.at.count(), event.client, static_cast<int>(event.kind), event.bytes,
                      event.text, event.until.count()});
}

driver::Event EventFrom(const json& value) {
  return {.at = std::chrono::microseconds(value.at(0).get<int64_t>()),
          .client = value.at(1).get<int>(),
          .kind = static_cast<driver::EventKind>(value.at(2).get<int>()),
          .bytes = value.at(3).get<uint64_t>(),
          .text = value.at(4).get<std::string>(),
          .until = std::chrono::microseconds(value.at(5).get<int64_t>())};
}

}  // namespace

std::string Encode(const Job& job) {
  return ToBytes({{"id", job.id},
                  {"argv", job.command.argv},
                  {"fixed_port", ToJson(job.command.fixed_port)},
                  {"extra_environment", job.command.extra_environment},
                  {"descriptor_limit", ToJson(job.command.descriptor_limit)},
                  {"strategy", job.strategy},
                  {"seed", job.seed},
                  {"quiet_ms", job.patience.quiet.count()},
                  {"busy_ms", job.patience.busy.count()},
                  {"unfair_ms", job.patience.unfair.count()},
                  {"scale", job.patience.scale},
                  {"restless", job.patience.restless},
                  {"injector", job.injector.command},
                  {"obstacle", ToJson(job.injector.obstacle)},
                  {"fault_plan", job.injector.on_top.plan},
                  {"fault_seed", ToJson(job.injector.on_top.seed)},
                  {"hostile", job.injector.on_top.hostile},
                  {"await_port", job.await_port},
                  {"sandbox", ToJson(job.sandbox)},
                  {"memory", ToJson(job.memory)}});
}

std::optional<Job> DecodeJob(std::string_view bytes) {
  try {
    const json value = json::from_cbor(bytes.begin(), bytes.end());
    Job job;
    job.id = value.at("id").get<std::string>();
    job.command.argv = value.at("argv").get<std::vector<std::string>>();
    job.command.fixed_port = OptionalFrom<uint16_t>(value.at("fixed_port"));
    job.command.extra_environment = value.at("extra_environment").get<std::vector<std::string>>();
    job.command.descriptor_limit = OptionalFrom<uint64_t>(value.at("descriptor_limit"));
    job.strategy = value.at("strategy").get<std::string>();
    job.seed = value.at("seed").get<uint64_t>();
    job.patience = {.quiet = driver::Milliseconds(value.at("quiet_ms").get<int64_t>()),
                    .busy = driver::Milliseconds(value.at("busy_ms").get<int64_t>()),
                    .unfair = driver::Milliseconds(value.at("unfair_ms").get<int64_t>()),
                    .scale = value.at("scale").get<double>(),
                    .restless = value.at("restless").get<bool>()};
    job.injector.command = value.at("injector").get<std::vector<std::string>>();
    job.injector.obstacle = OptionalFrom<std::string>(value.at("obstacle"));
    job.injector.on_top = {.plan = value.at("fault_plan").get<std::string>(),
                           .seed = OptionalFrom<uint64_t>(value.at("fault_seed")),
                           .hostile = value.at("hostile").get<bool>()};
    job.await_port = value.at("await_port").get<bool>();
    job.sandbox = SandboxFrom(value.at("sandbox"));
    job.memory = MemoryWatchFrom(value.at("memory"));
    return job;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::string Encode(const checks::Outcome& outcome) {
  json timeline = json::array();
  for (const driver::Event& event : outcome.timeline) {
    timeline.push_back(ToJson(event));
  }
  json rules = json::array();
  for (const checks::RuleFired& rule : outcome.rules) {
    rules.push_back(json::array({rule.rule, rule.fired}));
  }
  return ToBytes({{"id", outcome.id},
                  {"rules", std::move(rules)},
                  {"verdict", static_cast<int>(outcome.verdict)},
                  {"expected", outcome.expected},
                  {"actual", outcome.actual},
                  {"reason", outcome.reason},
                  {"steps", outcome.steps},
                  {"faults", outcome.faults},
                  {"server_output", outcome.server_output},
                  {"server_exit", ToJson(outcome.server_exit)},
                  {"timeline", std::move(timeline)},
                  {"partial", ToJson(outcome.partial)},
                  {"memory", ToJson(outcome.memory)},
                  {"duration_ms", outcome.duration.count()},
                  {"restless", outcome.restless}});
}

std::optional<checks::Outcome> DecodeOutcome(std::string_view bytes) {
  try {
    const json value = json::from_cbor(bytes.begin(), bytes.end());
    checks::Outcome outcome;
    outcome.id = value.at("id").get<std::string>();
    const int verdict = value.at("verdict").get<int>();
    if (verdict < 0 || verdict > static_cast<int>(checks::Verdict::kTimeout)) {
      return std::nullopt;
    }
    outcome.verdict = static_cast<checks::Verdict>(verdict);
    outcome.expected = value.at("expected").get<std::string>();
    outcome.actual = value.at("actual").get<std::string>();
    outcome.reason = value.at("reason").get<std::string>();
    outcome.steps = value.at("steps").get<std::vector<std::string>>();
    outcome.faults = value.at("faults").get<std::vector<std::string>>();
    outcome.server_output = value.at("server_output").get<std::string>();
    outcome.server_exit = OptionalFrom<std::string>(value.at("server_exit"));
    for (const json& rule : value.at("rules")) {
      outcome.rules.push_back({rule.at(0).get<std::string>(), rule.at(1).get<uint64_t>()});
    }
    for (const json& event : value.at("timeline")) {
      outcome.timeline.push_back(EventFrom(event));
    }
    outcome.partial = PartialFrom(value.at("partial"));
    outcome.memory = MemoryFindingsFrom(value.at("memory"));
    outcome.duration = std::chrono::milliseconds(value.at("duration_ms").get<int64_t>());
    outcome.restless = value.at("restless").get<bool>();
    return outcome;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace eagain::runner
