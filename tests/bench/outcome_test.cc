// What is written of a run, read back.
#include "eagain/bench/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <string>
#include <vector>

namespace eagain::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// `trips` in a second, of which the server used half.
Sample SampleOf(int round, uint64_t trips) {
  Sample sample;
  sample.round = round;
  sample.load.wall = std::chrono::seconds(1);
  sample.load.server.cpu = std::chrono::milliseconds(500);
  sample.load.load_cpu = std::chrono::milliseconds(250);
  sample.load.server.calls = 3 * trips;
  sample.load.round_trips = trips;
  sample.load.bytes = 64 * trips;
  sample.load.latency.add(std::chrono::microseconds(40));
  sample.memory_clients = 1000;
  sample.untouched_bytes = 100;
  sample.used_bytes = 200;
  return sample;
}

Series SeriesOf(const std::string& server, const std::vector<uint64_t>& trips) {
  Series series{.server = server};
  for (size_t round = 0; round < trips.size(); ++round) {
    series.samples.push_back(SampleOf(static_cast<int>(round), trips[round]));
  }
  return series;
}

MeasureResult Both(const Measure& measure) {
  return {.measure = measure,
          .series = {SeriesOf("floor", {1000, 2000, 3000}), SeriesOf("a<b>", {900, 1800, 2700})}};
}

Outcome Example() {
  Outcome outcome;
  outcome.version = "1";
  outcome.command = "eagain bench --vs 'a<b>=x & y'";
  outcome.kernel = "Linux 6.1";
  outcome.options.contenders.resize(2);
  outcome.options.contenders[0].name = "floor";
  outcome.options.contenders[1].name = "a<b>";
  outcome.options.contenders[1].command.argv = {"x", "&", "y"};
  outcome.options.cpus = {.server = 0, .load = 1};
  outcome.result.measures = {
      Both({.kind = Kind::kControl}),
      Both({.kind = Kind::kRate, .shape = {.clients = 50}}),
      Both({.kind = Kind::kThroughput, .shape = {.clients = 4, .message_bytes = 16384}}),
      Both({.kind = Kind::kCalls}),
      Both({.kind = Kind::kIdle, .shape = {.clients = 50}}),
      Both({.kind = Kind::kIdle, .shape = {.clients = 50, .idle = 10000}}),
      Both({.kind = Kind::kMemory, .shape = {.idle = 1000}}),
  };
  outcome.result.measures[5].series[1].samples.clear();
  outcome.result.measures[5].series[1].trouble = "9 of 10000 idle clients were turned away";
  return outcome;
}

TEST(BenchJsonTest, HasEverySampleAndTheMediansMadeOfThem) {
  const json value = json::parse(RenderJson(Example()));
  EXPECT_EQ(value["schema"], "eagain/bench/v1");
  EXPECT_EQ(value["baseline"], "floor");
  EXPECT_EQ(value["servers"][1]["command"], "x '&' y");
  const json& rate = value["measures"][1];
  EXPECT_EQ(rate["kind"], "rate");
  EXPECT_EQ(rate["clients"], 50);
  const json& server = rate["servers"][1];
  EXPECT_EQ(server["server"], "a<b>");
  EXPECT_EQ(server["samples"].size(), 3);
  EXPECT_EQ(server["samples"][2]["round_trips"], 2700);
  EXPECT_DOUBLE_EQ(server["round_trips_per_second"]["median"], 1800);
  EXPECT_DOUBLE_EQ(server["rate_ratio"]["median"], 0.9);
  EXPECT_DOUBLE_EQ(server["server_share"]["median"], 0.5);
  EXPECT_DOUBLE_EQ(server["load_share"]["median"], 0.25);
  EXPECT_NEAR(server["latency_us"]["p99.9"], 40, 1);
  EXPECT_DOUBLE_EQ(value["measures"][3]["servers"][0]["calls_per_round_trip"]["median"], 3);
  EXPECT_EQ(value["measures"][5]["servers"][1]["trouble"],
            "9 of 10000 idle clients were turned away");
  EXPECT_TRUE(value["measures"][5]["servers"][1]["rate_ratio"].is_null());
  EXPECT_EQ(value["measures"][6]["servers"][0]["samples"][0]["untouched_bytes"], 100);
}

TEST(BenchTableTest, SaysWhatWasMeasuredAndWhatWasNot) {
  const std::string text = RenderTable(Example(), report::Style());
  EXPECT_THAT(text, HasSubstr("50 clients, messages of 64 bytes (3 pairs)"));
  EXPECT_THAT(text, HasSubstr("0.900 (0.900-0.900)"));
  EXPECT_THAT(text, HasSubstr("calls a round trip"));
  EXPECT_THAT(text, HasSubstr("a<b>, 10,000 idle: 9 of 10000 idle clients were turned away"));
  EXPECT_THAT(text, Not(HasSubstr("interrupted")));
  EXPECT_THAT(text, Not(HasSubstr("nothing was measured")));
}

TEST(BenchTableTest, SaysWhereTheLoadIsTheBottleneck) {
  Outcome outcome = Example();
  for (Sample& sample : outcome.result.measures[1].series[0].samples) {
    sample.load.load_cpu = std::chrono::milliseconds(990);
  }
  EXPECT_THAT(RenderTable(outcome, report::Style()),
              HasSubstr("the load had no CPU time left, and the server had: go by the CPU time for "
                        "floor\n"));
}

TEST(BenchTableTest, SaysThatARunIsIncomplete) {
  Outcome outcome = Example();
  outcome.result.measures.clear();
  outcome.result.interrupted = true;
  const std::string text = RenderTable(outcome, report::Style());
  EXPECT_THAT(text, HasSubstr("interrupted"));
  EXPECT_THAT(text, HasSubstr("nothing was measured"));
}

std::string AllText(const pugi::xml_node& node) {
  std::string text = node.value();
  for (const pugi::xml_node& child : node.children()) {
    text += AllText(child) + " ";
  }
  return text;
}

TEST(BenchSvgTest, IsXmlWithTheNamesAndACurveForEveryServer) {
  pugi::xml_document document;
  const std::string svg = RenderSvg(Example());
  ASSERT_TRUE(document.load_string(svg.c_str()));
  const pugi::xml_node root = document.child("svg");
  EXPECT_STREQ(root.attribute("xmlns").value(), "http://www.w3.org/2000/svg");
  const auto paths = root.children("path");
  EXPECT_EQ(std::distance(paths.begin(), paths.end()), 2);
  EXPECT_THAT(AllText(root), HasSubstr("a<b>: 0.900 (0.900 to 0.900), 3 pairs"));
}

TEST(BenchSvgTest, NothingMeasuredIsAPictureThatSaysSo) {
  Outcome outcome = Example();
  outcome.result.measures.clear();
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(RenderSvg(outcome).c_str()));
  EXPECT_THAT(AllText(document.child("svg")), HasSubstr("nothing was measured"));
}

TEST(BenchHtmlTest, IsOneFileWithTheTablesAndTheFiguresAndNoScript) {
  const std::string html = RenderHtml(Example());
  EXPECT_THAT(html, HasSubstr("<svg "));
  EXPECT_THAT(html, HasSubstr("<td>a&lt;b&gt;</td>"));
  EXPECT_THAT(html, Not(HasSubstr("a<b>")));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, HasSubstr("x &amp; y"));
}

}  // namespace
}  // namespace eagain::bench
