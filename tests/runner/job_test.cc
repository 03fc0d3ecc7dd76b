#include "eagain/runner/job.h"

#include <gtest/gtest.h>

namespace eagain::runner {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

const std::string kNotUtf8("\xff\x00\xc3(\x1b[31m", 9);

TEST(JobTest, ArrivesAsItWasSent) {
  const Job job{.id = "echo/large",
                .command = {.argv = {"./server", kNotUtf8, "{port}"},
                            .fixed_port = 8080,
                            .extra_environment = {"A=b"},
                            .descriptor_limit = {}},
                .strategy = "epoll",
                .seed = UINT64_MAX,
                .patience = {.quiet = milliseconds(1),
                             .busy = milliseconds(2),
                             .unfair = milliseconds(3),
                             .scale = 1.25,
                             .restless = true},
                .injector = {.command = {"eagain", "inject"},
                             .obstacle = "not permitted",
                             .on_top = {.plan = "send short 1", .seed = 3, .hostile = true}},
                .await_port = true,
                .memory = checks::MemoryWatch{.tool = checks::MemoryTool::kValgrind,
                                              .leaks = false,
                                              .ask = true,
                                              .folder = "/tmp/logs",
                                              .untrusted = true}};
  const std::optional<Job> arrived = DecodeJob(Encode(job));
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->id, job.id);
  EXPECT_EQ(arrived->command.argv, job.command.argv);
  EXPECT_EQ(arrived->command.fixed_port, job.command.fixed_port);
  EXPECT_EQ(arrived->command.extra_environment, job.command.extra_environment);
  EXPECT_EQ(arrived->command.descriptor_limit, std::nullopt);
  EXPECT_EQ(arrived->strategy, job.strategy);
  EXPECT_EQ(arrived->seed, job.seed);
  EXPECT_EQ(arrived->injector.command, job.injector.command);
  EXPECT_EQ(arrived->injector.obstacle, job.injector.obstacle);
  EXPECT_EQ(arrived->injector.on_top.plan, job.injector.on_top.plan);
  EXPECT_EQ(arrived->injector.on_top.seed, job.injector.on_top.seed);
  EXPECT_TRUE(arrived->injector.on_top.hostile);
  EXPECT_EQ(arrived->patience.quiet, job.patience.quiet);
  EXPECT_EQ(arrived->patience.busy, job.patience.busy);
  EXPECT_EQ(arrived->patience.unfair, job.patience.unfair);
  EXPECT_EQ(arrived->patience.scale, job.patience.scale);
  EXPECT_TRUE(arrived->patience.restless);
  EXPECT_TRUE(arrived->await_port);
  ASSERT_TRUE(arrived->memory);
  EXPECT_EQ(arrived->memory->tool, checks::MemoryTool::kValgrind);
  EXPECT_FALSE(arrived->memory->leaks);
  EXPECT_TRUE(arrived->memory->ask);
  EXPECT_EQ(arrived->memory->folder, "/tmp/logs");
  EXPECT_TRUE(arrived->memory->untrusted);
}

checks::Outcome FullOutcome() {
  checks::Outcome outcome;
  outcome.id = "echo/large";
  outcome.verdict = checks::Verdict::kFail;
  outcome.expected = "bytes";
  outcome.actual = kNotUtf8;
  outcome.reason = "none";
  outcome.steps = {"client 1 connects", kNotUtf8};
  outcome.faults = {"recv: short"};
  outcome.server_output = kNotUtf8;
  outcome.server_exit = "exit status 1";
  outcome.timeline = {{.at = microseconds(7),
                       .client = 2,
                       .kind = driver::EventKind::kSend,
                       .bytes = 4,
                       .text = kNotUtf8,
                       .until = microseconds(9)}};
  outcome.duration = milliseconds(12);
  outcome.restless = true;
  outcome.partial = {.done = 312, .of = 1000, .what = "clients served"};
  outcome.memory = {.reports = {{.concern = checks::Concern::kLeak,
                                 .tool = "valgrind",
                                 .kind = "memory leak",
                                 .pid = 7,
                                 .lines = {"allocated by", kNotUtf8},
                                 .bytes = 77,
                                 .text = kNotUtf8,
                                 .key = "memory leak: main"}},
                    .no_leak_check = "the server did not stop",
                    .sanitizers = {"AddressSanitizer"}};
  return outcome;
}

TEST(JobTest, OutcomeArrivesAsItWasSent) {
  const checks::Outcome outcome = FullOutcome();
  const std::optional<checks::Outcome> arrived = DecodeOutcome(Encode(outcome));
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->id, outcome.id);
  EXPECT_EQ(arrived->verdict, outcome.verdict);
  EXPECT_EQ(arrived->expected, outcome.expected);
  EXPECT_EQ(arrived->actual, outcome.actual);
  EXPECT_EQ(arrived->reason, outcome.reason);
  EXPECT_EQ(arrived->steps, outcome.steps);
  EXPECT_EQ(arrived->faults, outcome.faults);
  EXPECT_EQ(arrived->server_output, outcome.server_output);
  EXPECT_EQ(arrived->server_exit, outcome.server_exit);
  EXPECT_EQ(arrived->duration, outcome.duration);
  EXPECT_TRUE(arrived->restless);
  ASSERT_TRUE(arrived->partial.has_value());
  EXPECT_EQ(arrived->partial->done, 312);
  EXPECT_EQ(arrived->partial->of, 1000);
  EXPECT_EQ(arrived->partial->what, "clients served");
  ASSERT_TRUE(arrived->memory.has_value());
  EXPECT_EQ(arrived->memory->no_leak_check, "the server did not stop");
  EXPECT_EQ(arrived->memory->sanitizers, outcome.memory->sanitizers);
  ASSERT_EQ(arrived->memory->reports.size(), 1U);
  EXPECT_EQ(arrived->memory->reports[0].concern, checks::Concern::kLeak);
  EXPECT_EQ(arrived->memory->reports[0].tool, "valgrind");
  EXPECT_EQ(arrived->memory->reports[0].kind, "memory leak");
  EXPECT_EQ(arrived->memory->reports[0].pid, 7);
  EXPECT_EQ(arrived->memory->reports[0].lines, outcome.memory->reports[0].lines);
  EXPECT_EQ(arrived->memory->reports[0].bytes, 77U);
  EXPECT_EQ(arrived->memory->reports[0].text, kNotUtf8);
  EXPECT_EQ(arrived->memory->reports[0].key, "memory leak: main");
  ASSERT_EQ(arrived->timeline.size(), 1U);
  EXPECT_EQ(arrived->timeline[0].at, microseconds(7));
  EXPECT_EQ(arrived->timeline[0].client, 2);
  EXPECT_EQ(arrived->timeline[0].kind, driver::EventKind::kSend);
  EXPECT_EQ(arrived->timeline[0].bytes, 4U);
  EXPECT_EQ(arrived->timeline[0].text, kNotUtf8);
  EXPECT_EQ(arrived->timeline[0].until, microseconds(9));
}

TEST(JobTest, WhatIsCutShortIsNothing) {
  const std::string job = Encode(Job{});
  const std::string outcome = Encode(FullOutcome());
  for (size_t size = 0; size < outcome.size(); ++size) {
    EXPECT_EQ(DecodeOutcome(outcome.substr(0, size)).has_value(), false) << size;
  }
  EXPECT_EQ(DecodeJob(job.substr(0, job.size() / 2)).has_value(), false);
  EXPECT_EQ(DecodeJob(outcome).has_value(), false);
}

}  // namespace
}  // namespace eagain::runner
