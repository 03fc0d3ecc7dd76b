// Writes the pages of `bench` and of a class into a folder, for the browser that tries them.
//   sample_pages FOLDER
#include <fstream>
#include <iostream>
#include <string>

#include "eagain/bench/outcome.h"
#include "eagain/grade/class_report.h"

namespace eagain {
namespace {

constexpr const char* kHostile = "<img src=x onerror='window.broken = 1'>";

bench::Series SeriesOf(std::string server, uint64_t trips) {
  bench::Series series{.server = std::move(server)};
  for (int round = 0; round < 3; ++round) {
    bench::Sample sample;
    sample.round = round;
    sample.load.wall = std::chrono::seconds(1);
    sample.load.server.cpu = std::chrono::milliseconds(500);
    sample.load.round_trips = trips + static_cast<uint64_t>(round);
    sample.load.latency.add(std::chrono::microseconds(40));
    series.samples.push_back(sample);
  }
  return series;
}

bench::Outcome SampleBench() {
  bench::Outcome outcome;
  outcome.version = "1";
  outcome.command = kHostile;
  outcome.kernel = "Linux 6.1";
  outcome.options.contenders.resize(2);
  outcome.options.contenders[0].name = "floor";
  outcome.options.contenders[1].name = kHostile;
  outcome.result.measures = {{.measure = {.kind = bench::Kind::kRate, .shape = {.clients = 50}},
                              .series = {SeriesOf("floor", 1000), SeriesOf(kHostile, 900)}}};
  return outcome;
}

grade::ClassReport SampleClass() {
  grade::ClassReport report;
  report.title = "Lab 2";
  report.items = {"Echo"};
  for (const auto& [name, score] : {std::pair{"ada", 9.0}, {"bob", 10.0}, {kHostile, 2.5}}) {
    report.rows.push_back({.name = name,
                           .score = score,
                           .max_score = 10,
                           .judgement = "does-not-conform",
                           .note = kHostile,
                           .items = {{"Echo", {.score = score, .max = 10}}},
                           .verdicts = {{"echo/large", score == 10 ? "pass" : "fail"}}});
  }
  return report;
}

}  // namespace
}  // namespace eagain

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: sample_pages FOLDER\n";
    return 2;
  }
  const std::string folder = argv[1];
  std::ofstream(folder + "/bench.html") << eagain::bench::RenderHtml(eagain::SampleBench());
  std::ofstream(folder + "/class.html") << eagain::grade::RenderClassHtml(eagain::SampleClass());
}
