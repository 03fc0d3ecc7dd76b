#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "eagain/grade/class_report.h"
#include "eagain/report/json.h"

namespace eagain::grade {
namespace {

using nlohmann::json;
using Ordered = nlohmann::ordered_json;

Ordered ToJson(const ClassRow& row) {
  Ordered items = Ordered::object();
  for (const auto& [name, item] : row.items) {
    items[name] = {{"score", item.score}, {"max_score", item.max}};
  }
  return {{"name", row.name},           {"score", row.score}, {"max_score", row.max_score},
          {"judgement", row.judgement}, {"note", row.note},   {"items", std::move(items)},
          {"checks", row.verdicts}};
}

ClassRow RowFrom(const json& value) {
  ClassRow row{.name = value.at("name").get<std::string>(),
               .score = value.at("score").get<double>(),
               .max_score = value.at("max_score").get<double>(),
               .judgement = value.at("judgement").get<std::string>(),
               .note = value.at("note").get<std::string>(),
               .items = {},
               .verdicts = value.at("checks").get<std::map<std::string, std::string>>()};
  for (const auto& [name, item] : value.at("items").items()) {
    row.items[name] = {.score = item.at("score").get<double>(),
                       .max = item.at("max_score").get<double>()};
  }
  return row;
}

Ordered ToJson(const Distribution& spread) {
  return {{"mean_percent", spread.mean},
          {"median_percent", spread.median},
          {"lowest_percent", spread.lowest},
          {"highest_percent", spread.highest},
          {"tenths", spread.tenths}};
}

ClassReport ReportFrom(const json& value) {
  if (const auto schema = value.at("schema").get<std::string>(); schema != kClassSchema) {
    throw report::NotAReport(fmt::format("its schema is '{}', not '{}'", schema, kClassSchema));
  }
  ClassReport report;
  report.title = value.at("title").get<std::string>();
  report.items = value.at("items").get<std::vector<std::string>>();
  report.missing = value.at("missing").get<std::vector<std::string>>();
  report.missing_shards = value.at("missing_shards").get<std::vector<int>>();
  report.shard_index = value.at("shard").at("index").get<int>();
  report.shard_count = value.at("shard").at("count").get<int>();
  for (const json& row : value.at("submissions")) {
    report.rows.push_back(RowFrom(row));
  }
  return report;
}

}  // namespace

std::string RenderClassJson(const ClassReport& report) {
  Ordered value = {{"schema", kClassSchema},
                   {"title", report.title},
                   {"items", report.items},
                   {"shard", {{"index", report.shard_index}, {"count", report.shard_count}}},
                   {"missing", report.missing},
                   {"missing_shards", report.missing_shards},
                   {"distribution", ToJson(DistributionOf(report))},
                   {"failed_most", Ordered::array()},
                   {"submissions", Ordered::array()}};
  for (const CheckTally& tally : FailedMost(report)) {
    value["failed_most"].push_back({{"id", tally.id},
                                    {"failed", tally.failed},
                                    {"not_reached", tally.not_reached},
                                    {"of", tally.of}});
  }
  for (const ClassRow& row : report.rows) {
    value["submissions"].push_back(ToJson(row));
  }
  return value.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

ClassReport ParseClassJson(std::string_view text) {
  try {
    return ReportFrom(json::parse(text));
  } catch (const json::exception& error) {
    throw report::NotAReport(error.what());
  }
}

}  // namespace eagain::grade
