// Writes a report in every format into a folder, for the readers that try them (readers.py, browser): of a run
// whose server says what every one of these formats could take for its own, and of one with 100 checks.
//   sample_reports FOLDER
#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "eagain/report/escape.h"
#include "eagain/report/formats.h"
#include "sample.h"

namespace eagain::report {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kHostile =
    "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 2'>\n"
    "]]></system-out><failure/>&amp;<!-- \n"
    "```\n# not a heading\n````\n"
    "::error::not an annotation\n::stop-commands::x\n##[error]nor this\n"
    "ok 99 - not a point\nBail out! no\n  ...\n"
    "\x1b[31mred\x1b[0m \x00\x01\x02\x7f \xff\xfe \xe2\x80\xae"sv;

driver::Event At(int us, int client, driver::EventKind kind, uint64_t bytes = 0,
                 std::string text = {}) {
  return {.at = std::chrono::microseconds(us),
          .client = client,
          .kind = kind,
          .bytes = bytes,
          .text = std::move(text),
          .until = {}};
}

// Client 2 waits until client 1 has left.
std::vector<driver::Event> SecondClientWaits() {
  using enum driver::EventKind;
  return {At(29'702, 0, kServer, 0, "the server listens on 127.0.0.1 port 22285"),
          At(29'959, 1, kConnect),
          At(30'037, 2, kConnect),
          At(30'060, 2, kSend, 4, "\"ping\""),
          At(400'000, 0, kFault, 0, "recv: short (1 byte)"),
          At(1'535'000, 2, kStall, 0, "nothing moved for 1.5 s; the server sleeps in recv(5)"),
          At(1'545'000, 0, kVerdict, 0, "the check has failed"),
          At(1'545'010, 2, kUnaccepted),
          At(1'545'100, 1, kClose),
          At(1'545'400, 2, kAccept),
          At(1'545'420, 2, kReceive, 4, "\"ping\" <b>&</b>")};
}

runner::RunResult HostileRun() {
  runner::RunResult run = SampleRun();
  const std::string said(kHostile);
  run.checks[1].outcome.server_output = said;
  run.checks[1].outcome.actual = said;
  run.checks[1].outcome.expected = "one line\n\n  and an indented one # no comment\n";
  run.checks[1].outcome.steps.push_back(said);
  run.checks[1].outcome.timeline = SecondClientWaits();
  run.checks.push_back(SampleResult(0, checks::Verdict::kError));
  run.checks.back().outcome.actual = "no descriptors <left>\nsecond line";
  return run;
}

runner::RunResult LongRun() {
  runner::RunResult run;
  for (int at = 0; at < 100; ++at) {
    run.checks.push_back(SampleFailure());
    auto& timeline = run.checks.back().outcome.timeline;
    timeline.clear();
    for (int event = 0; event < 400; ++event) {
      timeline.push_back(At(event * 100, event % 40, driver::EventKind::kSend, 10));
    }
  }
  return run;
}

// Of a rubric with a hidden item and points that cannot be divided evenly; the build was all right.
Report GradedReport() {
  Report report = MakeReport(SampleRun(), SampleFacts());
  report.grading = {.title = "Lab <2>",
                    .items = {{.name = "Echo | <b>all</b>",
                               .checks = {"echo/one-byte", "echo/large", "lifecycle/restart"},
                               .points = 20,
                               .score = 20.0 / 3,
                               .max_score = 20},
                              {.name = "Secret",
                               .checks = {"fault/sweep"},
                               .points = 5,
                               .all_or_nothing = true,
                               .visibility = "after_due_date",
                               .max_score = 5}}};
  for (CheckReport& check : report.checks) {
    check.score = check.max_score = 0;
  }
  for (const size_t at : {0U, 1U, 5U}) {
    report.checks[at].item = report.grading->items[0].name;
    report.checks[at].max_score = 20.0 / 3;
  }
  report.checks[0].score = 20.0 / 3;
  report.checks[4].item = "Secret";
  report.checks[4].visibility = "after_due_date";
  report.checks[4].max_score = 5;
  report.checks[4].known_failure = std::nullopt;
  return report;
}

// Of a submission that cannot be built.
Report UnbuiltReport() {
  Report report = GradedReport();
  report.build = {.command = "make",
                  .passed = false,
                  .result = "exit status 2",
                  .output = "server.c:1: error: <img src=x onerror=alert(1)>\n```\n# x\n",
                  .duration_ms = 12};
  return report;
}

int Main(const std::string& folder) {
  for (const Format& format : Formats()) {
    for (const auto& [name, report] :
         {std::pair{"hostile", MakeReport(HostileRun(), SampleFacts())},
          std::pair{"long", MakeReport(LongRun(), SampleFacts())},
          std::pair{"graded", GradedReport()}, std::pair{"unbuilt", UnbuiltReport()}}) {
      std::ofstream(fmt::format("{}/{}.{}", folder, name, format.name)) << format.render(report);
      if (format.log != nullptr) {
        std::ofstream(fmt::format("{}/{}.{}.log", folder, name, format.name))
            << format.log(report, Escape(kHostile));
      }
    }
  }
  return 0;
}

}  // namespace
}  // namespace eagain::report

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: sample_reports FOLDER\n";
    return 2;
  }
  return eagain::report::Main(argv[1]);
}
