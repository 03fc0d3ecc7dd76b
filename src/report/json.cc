#include "eagain/report/json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "eagain/report/formats.h"

namespace eagain::report {
namespace {

using nlohmann::json;
using Ordered = nlohmann::ordered_json;

template <typename T>
Ordered OrNull(const std::optional<T>& value) {
  return value ? Ordered(*value) : Ordered(nullptr);
}

template <typename T>
std::optional<T> OptionalAt(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? std::nullopt
                                                   : std::optional<T>(found->get<T>());
}

Ordered ToJson(const Summary& summary) {
  return {{"passed", summary.passed},
          {"failed", summary.failed},
          {"skipped", summary.skipped},
          {"errors", summary.errors},
          {"timeouts", summary.timeouts},
          {"flaky", summary.flaky},
          {"score", summary.score},
          {"max_score", summary.max_score},
          {"advice", summary.advice},
          {"known_failures", summary.known_failures},
          {"unexpected_passes", summary.unexpected_passes},
          {"not_reached", summary.not_reached}};
}

Ordered ToJson(const TimelineEvent& event) {
  Ordered value = {{"at_us", event.at_us},
                   {"client", event.client},
                   {"kind", event.kind},
                   {"bytes", event.bytes},
                   {"text", event.text}};
  if (event.until_us > 0) {
    value["until_us"] = event.until_us;
  }
  return value;
}

TimelineEvent EventFrom(const json& value) {
  return {.at_us = value.at("at_us").get<int64_t>(),
          .client = value.at("client").get<int>(),
          .kind = value.at("kind").get<std::string>(),
          .bytes = value.at("bytes").get<uint64_t>(),
          .text = value.at("text").get<std::string>(),
          .until_us = value.value("until_us", int64_t{0})};
}

// The keys that every check has come first; the others are there only if they say something.
Ordered ToJson(const CheckReport& check) {
  Ordered value = {{"id", check.id},
                   {"family", check.family},
                   {"level", check.level},
                   {"verdict", check.verdict},
                   {"requirement", check.requirement},
                   {"expected", check.expected},
                   {"actual", check.actual},
                   {"steps", check.steps},
                   {"faults", check.faults},
                   {"server_output", check.server_output},
                   {"server_exit", OrNull(check.server_exit)},
                   {"repro", check.repro},
                   {"score", check.score},
                   {"max_score", check.max_score},
                   {"duration_ms", check.duration_ms},
                   {"why", check.why},
                   {"source", check.source}};
  if (check.verdict == "skip") {
    value["skip_kind"] = check.skip_kind;
    value["reason"] = check.reason;
  }
  if (check.runs.size() > 1) {
    value["runs"] = check.runs;
    value["flaky"] = check.flaky;
  }
  if (check.gate_only) {
    value["gate_only"] = true;
  }
  if (check.known_failure) {
    value["known_failure"] = *check.known_failure;
    value["unexpected_pass"] = check.unexpected_pass;
  }
  if (check.partial) {
    value["partial"] = {
        {"done", check.partial->done}, {"of", check.partial->of}, {"what", check.partial->what}};
  }
  if (!check.item.empty()) {
    value["item"] = check.item;
    value["visibility"] = check.visibility;
  }
  if (!check.timeline.empty()) {
    value["timeline"] = Ordered::array();
    for (const TimelineEvent& event : check.timeline) {
      value["timeline"].push_back(ToJson(event));
    }
  }
  return value;
}

Ordered FaultToJson(const Report& report) {
  if (report.fault_plan.empty()) {
    return nullptr;
  }
  return {{"plan", report.fault_plan},
          {"seed", report.fault_seed},
          {"hostile", report.hostile},
          {"never_fired", report.never_fired}};
}

void ReadOptional(const json& value, CheckReport& check) {
  check.why = value.value("why", "");
  check.source = value.value("source", "");
  check.skip_kind = value.value("skip_kind", "");
  check.reason = value.value("reason", "");
  check.runs = value.value("runs", std::vector<std::string>{check.verdict});
  check.flaky = value.value("flaky", false);
  check.gate_only = value.value("gate_only", false);
  check.known_failure = OptionalAt<std::string>(value, "known_failure");
  check.unexpected_pass = value.value("unexpected_pass", false);
  if (const auto partial = value.find("partial"); partial != value.end()) {
    check.partial = {.done = partial->at("done").get<int>(),
                     .of = partial->at("of").get<int>(),
                     .what = partial->at("what").get<std::string>()};
  }
  check.item = value.value("item", "");
  check.visibility = value.value("visibility", "visible");
  for (const json& event : value.value("timeline", json::array())) {
    check.timeline.push_back(EventFrom(event));
  }
}

CheckReport CheckFrom(const json& value) {
  CheckReport check;
  check.id = value.at("id").get<std::string>();
  check.family = value.at("family").get<std::string>();
  check.level = value.at("level").get<std::string>();
  check.verdict = value.at("verdict").get<std::string>();
  check.requirement = value.at("requirement").get<std::string>();
  check.expected = value.at("expected").get<std::string>();
  check.actual = value.at("actual").get<std::string>();
  check.steps = value.at("steps").get<std::vector<std::string>>();
  check.faults = value.at("faults").get<std::vector<std::string>>();
  check.server_output = value.at("server_output").get<std::string>();
  check.server_exit = OptionalAt<std::string>(value, "server_exit");
  check.repro = value.at("repro").get<std::string>();
  check.score = value.at("score").get<double>();
  check.max_score = value.at("max_score").get<double>();
  check.duration_ms = value.at("duration_ms").get<int64_t>();
  ReadOptional(value, check);
  return check;
}

Ordered ToJson(const GradingReport& grading) {
  Ordered items = Ordered::array();
  for (const ItemReport& item : grading.items) {
    items.push_back({{"name", item.name},
                     {"checks", item.checks},
                     {"points", item.points},
                     {"scoring", item.all_or_nothing ? "all-or-nothing" : "shared"},
                     {"partial_credit", item.partial_credit},
                     {"visibility", item.visibility},
                     {"score", item.score},
                     {"max_score", item.max_score}});
  }
  return {{"title", grading.title}, {"items", std::move(items)}};
}

GradingReport GradingFrom(const json& value) {
  GradingReport grading;
  grading.title = value.at("title").get<std::string>();
  for (const json& item : value.at("items")) {
    grading.items.push_back(
        {.name = item.at("name").get<std::string>(),
         .checks = item.at("checks").get<std::vector<std::string>>(),
         .points = item.at("points").get<double>(),
         .all_or_nothing = item.at("scoring").get<std::string>() == "all-or-nothing",
         .partial_credit = item.at("partial_credit").get<bool>(),
         .visibility = item.at("visibility").get<std::string>(),
         .score = item.at("score").get<double>(),
         .max_score = item.at("max_score").get<double>()});
  }
  return grading;
}

Ordered ToJson(const BuildReport& build) {
  return {{"command", build.command},
          {"passed", build.passed},
          {"result", build.result},
          {"output", build.output},
          {"duration_ms", build.duration_ms}};
}

BuildReport BuildFrom(const json& value) {
  return {.command = value.at("command").get<std::string>(),
          .passed = value.at("passed").get<bool>(),
          .result = value.at("result").get<std::string>(),
          .output = value.at("output").get<std::string>(),
          .duration_ms = value.at("duration_ms").get<int64_t>()};
}

// What only some reports have.
void AddOptional(const Report& report, Ordered& value) {
  if (report.role != "server") {
    value["role"] = report.role;
  }
  if (!report.submission.empty()) {
    value["submission"] = report.submission;
  }
  if (!report.fingerprint.empty()) {
    value["fingerprint"] = report.fingerprint;
  }
  if (!report.sandbox.empty()) {
    value["sandbox"] = {{"kind", report.sandbox}, {"weak", report.weak}};
  }
  if (report.build) {
    value["build"] = ToJson(*report.build);
  }
  if (report.grading) {
    value["grading"] = ToJson(*report.grading);
  }
  if (!report.missing_shards.empty()) {
    value["missing_shards"] = report.missing_shards;
  }
}

void ReadOptional(const json& value, Report& report) {
  report.submission = value.value("submission", "");
  report.fingerprint = value.value("fingerprint", "");
  if (const auto sandbox = value.find("sandbox"); sandbox != value.end()) {
    report.sandbox = sandbox->at("kind").get<std::string>();
    report.weak = sandbox->at("weak").get<std::vector<std::string>>();
  }
  if (const auto build = value.find("build"); build != value.end()) {
    report.build = BuildFrom(*build);
  }
  if (const auto grading = value.find("grading"); grading != value.end()) {
    report.grading = GradingFrom(*grading);
  }
  report.missing_shards = value.value("missing_shards", std::vector<int>{});
}

Report ReportFrom(const json& value) {
  if (const auto schema = value.at("schema").get<std::string>(); schema != kJsonSchema) {
    throw NotAReport(fmt::format("its schema is '{}', not '{}'", schema, kJsonSchema));
  }
  Report report;
  report.version = value.at("version").get<std::string>();
  report.role = value.value("role", "server");
  report.command = value.at("command").get<std::vector<std::string>>();
  report.strategy = value.at("strategy").get<std::string>();
  report.seed = value.at("seed").get<uint64_t>();
  report.port = OptionalAt<uint16_t>(value, "port");
  if (const auto fault = value.find("fault"); fault != value.end() && !fault->is_null()) {
    report.fault_plan = fault->at("plan").get<std::string>();
    report.fault_seed = fault->at("seed").get<uint64_t>();
    report.hostile = fault->at("hostile").get<bool>();
    report.never_fired = fault->at("never_fired").get<std::vector<std::string>>();
  }
  report.level = value.value("level", "must");
  report.repeat = value.value("repeat", 1);
  if (const auto shard = value.find("shard"); shard != value.end()) {
    report.shard_index = shard->at("index").get<int>();
    report.shard_count = shard->at("count").get<int>();
  }
  report.isolation = value.value("isolation", "");
  report.timeout_scale = value.value("timeout_scale", 1.0);
  report.started = value.value("started", "");
  report.duration_ms = value.value("duration_ms", int64_t{0});
  report.interrupted = value.value("interrupted", false);
  report.judgement = value.value("judgement", "");
  report.exit_status = value.value("exit_status", 0);
  ReadOptional(value, report);
  for (const json& check : value.at("checks")) {
    report.checks.push_back(CheckFrom(check));
  }
  return report;
}

}  // namespace

std::string RenderJson(const Report& report) {
  Ordered value = {
      {"schema", kJsonSchema},
      {"version", report.version},
      {"command", report.command},
      {"strategy", report.strategy},
      {"port", OrNull(report.port)},
      {"seed", report.seed},
      {"fault", FaultToJson(report)},
      {"level", report.level},
      {"repeat", report.repeat},
      {"shard", {{"index", report.shard_index}, {"count", report.shard_count}}},
      {"isolation", report.isolation},
      {"timeout_scale", report.timeout_scale},
      {"started", report.started},
      {"duration_ms", report.duration_ms},
      {"interrupted", report.interrupted},
      {"judgement", report.judgement},
      {"exit_status", report.exit_status},
      {"summary", ToJson(report.summary())},
  };
  AddOptional(report, value);
  value["checks"] = Ordered::array();
  for (const CheckReport& check : report.checks) {
    value["checks"].push_back(ToJson(check));
  }
  return value.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

Report ParseJson(std::string_view text) {
  try {
    return ReportFrom(json::parse(text));
  } catch (const json::exception& error) {
    throw NotAReport(error.what());
  }
}

}  // namespace eagain::report
