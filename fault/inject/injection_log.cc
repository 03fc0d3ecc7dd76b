#include "eagain/fault/inject/injection_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

namespace eagain::fault {
namespace {

using nlohmann::json;
using Kind = InjectionRecord::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 6> kKinds = {{{"start", Kind::kStart},
                                                                      {"call", Kind::kCall},
                                                                      {"fired", Kind::kFired},
                                                                      {"withheld", Kind::kWithheld},
                                                                      {"note", Kind::kNote},
                                                                      {"end", Kind::kEnd}}};

template <typename T>
void Get(const json& line, const char* key, T& value) {
  if (const auto found = line.find(key); found != line.end()) {
    found->get_to(value);
  }
}

void Get(const json& line, const char* key, std::optional<int64_t>& value) {
  if (const auto found = line.find(key); found != line.end()) {
    value = found->get<int64_t>();
  }
}

void GetCall(const json& line, InjectionRecord& record) {
  Get(line, "pid", record.pid);
  Get(line, "tid", record.tid);
  Get(line, "call", record.call);
  Get(line, "fd", record.fd);
  Get(line, "role", record.role);
  Get(line, "connection", record.connection);
  Get(line, "asked", record.asked);
  Get(line, "flags", record.flags);
  Get(line, "timeout_ms", record.timeout_ms);
  Get(line, "non_blocking", record.non_blocking);
  Get(line, "edge_triggered", record.edge_triggered);
  Get(line, "result", record.result);
  Get(line, "got", record.got);
}

void GetFault(const json& line, InjectionRecord& record) {
  Get(line, "rule", record.rule);
  Get(line, "nth", record.nth);
  Get(line, "outcome", record.outcome);
  Get(line, "level", record.level);
  Get(line, "rearmed", record.rearmed);
  Get(line, "hostile", record.hostile);
  Get(line, "reason", record.reason);
  Get(line, "rule_text", record.rule_text);
  Get(line, "replay", record.replay);
}

void GetRun(const json& line, InjectionRecord& record) {
  Get(line, "injector", record.injector);
  Get(line, "seed", record.seed);
  Get(line, "observe", record.observe);
  Get(line, "plan", record.plan);
  Get(line, "text", record.text);
  if (const auto rules = line.find("rules"); rules != line.end()) {
    for (const json& one : *rules) {
      InjectionRecord::RuleTotals totals;
      Get(one, "rule", totals.rule);
      Get(one, "seen", totals.seen);
      Get(one, "fired", totals.fired);
      Get(one, "withheld", totals.withheld);
      Get(one, "idle", totals.idle);
      record.rules.push_back(std::move(totals));
    }
  }
}

std::string CallText(const InjectionRecord& record) {
  std::string text = record.call;
  text += record.fd >= 0 ? fmt::format(" on descriptor {}", record.fd) : "";
  if (record.role == "client") {
    text += fmt::format(" (client {})", record.connection);
  } else if (!record.role.empty()) {
    text += " (" + record.role + ")";
  }
  text += record.asked != 0 ? fmt::format(", asked for {}", record.asked) : "";
  return text;
}

}  // namespace

std::optional<InjectionRecord> ParseInjectionRecord(std::string_view text) {
  const json line = json::parse(text, nullptr, false);
  if (!line.is_object()) {
    return std::nullopt;
  }
  try {
    const std::string event = line.at("event").get<std::string>();
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const auto& known) { return known.first == event; });
    if (kind == kKinds.end()) {
      return std::nullopt;
    }
    InjectionRecord record;
    record.kind = kind->second;
    record.time = std::chrono::microseconds(std::llround(line.at("time").get<double>() * 1e6));
    GetCall(line, record);
    GetFault(line, record);
    // "rule" is a number in a fault; the end has its own list.
    GetRun(line, record);
    return record;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::string InjectionRecord::describe() const {
  switch (kind) {
    case Kind::kCall:
      return CallText(*this) + ", got " + got;
    case Kind::kFired:
      return fmt::format("fired: {}: {}, got {}{}; rule: {}; replay: {}", outcome, CallText(*this),
                         got, rearmed ? "; re-armed" : "", rule_text, replay);
    case Kind::kWithheld:
      return fmt::format("withheld: {}: {}: {}; rule: {}", outcome, CallText(*this), reason,
                         rule_text);
    case Kind::kNote:
      return text;
    case Kind::kStart:
      return fmt::format("process {} starts under a plan", pid);
    case Kind::kEnd:
      return "the end";
  }
  return "";
}

size_t InjectionLog::update() {
  std::ifstream file(path_, std::ios::binary);
  if (!file || !file.seekg(static_cast<std::streamoff>(offset_))) {
    return 0;
  }
  const std::string more((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  offset_ += more.size();
  partial_ += more;
  const size_t before = records_.size();
  size_t start = 0;
  for (size_t end = partial_.find('\n'); end != std::string::npos;
       start = end + 1, end = partial_.find('\n', start)) {
    auto record = ParseInjectionRecord(std::string_view(partial_).substr(start, end - start));
    if (record) {
      records_.push_back(std::move(*record));
    } else {
      ++bad_lines_;
    }
  }
  partial_.erase(0, start);
  return records_.size() - before;
}

const InjectionRecord* InjectionLog::start() const {
  return !records_.empty() && records_.front().kind == Kind::kStart ? &records_.front() : nullptr;
}

const InjectionRecord* InjectionLog::end() const {
  const auto last = std::find_if(records_.rbegin(), records_.rend(),
                                 [](const auto& record) { return record.kind == Kind::kEnd; });
  return last == records_.rend() ? nullptr : &*last;
}

size_t InjectionLog::fired() const {
  return static_cast<size_t>(
      std::count_if(records_.begin(), records_.end(),
                    [](const auto& record) { return record.kind == Kind::kFired; }));
}

size_t InjectionLog::fired(size_t rule) const {
  return static_cast<size_t>(std::count_if(
      records_.begin(), records_.end(),
      [rule](const auto& record) { return record.kind == Kind::kFired && record.rule == rule; }));
}

}  // namespace eagain::fault
