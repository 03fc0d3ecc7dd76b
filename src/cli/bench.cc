// eagain bench: strategies and other servers side by side.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "eagain/cli/bench_options.h"
#include "eagain/cli/verbs.h"
#include "eagain/driver/failure.h"
#include "eagain/driver/patience.h"
#include "eagain/report/shell_quote.h"
#include "eagain/report/style.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::cli {
namespace {

std::atomic<bool> stopped = false;

// The first one has the run end with what is done; another ends the program.
void StopOnce(int number) {
  stopped = true;
  ::signal(number, SIG_DFL);
}

// One line that is drawn again and again on a terminal; elsewhere a line now and then.
class Progress final : public bench::Observer {
 public:
  explicit Progress(std::ostream& out, const report::Style& style) : out_(out), style_(style) {}
  ~Progress() override {
    if (style_.live) {
      out_ << "\r\033[K" << std::flush;
    }
  }

  void turn(const bench::Contender& contender, const bench::Measure& measure, size_t done,
            size_t total) override {
    const std::string text =
        fmt::format("[{}/{}] {}: {}", done, total, contender.name, measure.title());
    if (style_.live) {
      out_ << "\r\033[K" << style_.faint(report::CutTo(text, style_.width - 1)) << std::flush;
    } else if (done * kLines / total != told_) {
      told_ = done * kLines / total;
      out_ << text << std::endl;
    }
  }

 private:
  static constexpr size_t kLines = 20;

  std::ostream& out_;
  report::Style style_;
  size_t told_ = kLines;
};

std::string KernelName() {
  utsname name{};
  ::uname(&name);
  return fmt::format("{} {}", name.sysname, name.release);
}

// What was typed, as it has to be typed again.
std::string CommandLine(const std::string& program) {
  std::vector<std::string> words;
  std::ifstream file("/proc/self/cmdline");
  for (std::string word; std::getline(file, word, '\0');) {
    words.push_back(words.empty() ? program : word);
  }
  return report::ShellCommand(words);
}

void TryOutAll(const bench::BenchOptions& options) {
  try {
    bench::TryOut(options, stopped);
  } catch (const driver::Failure& failure) {
    throw runner::BadUsage(fmt::format("{} is no server that can be measured: {}",
                                       failure.expected(), failure.actual()));
  }
}

int HandOver(const BenchPlan& plan, const bench::Outcome& outcome) {
  const bool taken = plan.output_is_taken();
  (taken ? std::cerr : std::cout) << RenderTable(outcome, report::StyleOf(taken ? STDERR_FILENO
                                                                                : STDOUT_FILENO))
                                  << std::flush;
  int status = outcome.result.interrupted ? kDoesNotConform : kConforms;
  for (const BenchReport& report : plan.reports) {
    try {
      report.file.write(report.render(outcome));
    } catch (const report::OutputError& error) {
      std::cerr << "eagain: " << error.what() << '\n';
      status = kHarnessFailed;
    }
  }
  return status;
}

int Bench(const BenchArguments& arguments, const std::string& program) {
  BenchPlan plan = PlanBench(arguments);
  plan.options.patience =
      std::chrono::duration_cast<std::chrono::milliseconds>(bench::kPatience * driver::Calibrate());
  ::signal(SIGINT, StopOnce);
  ::signal(SIGTERM, StopOnce);
  bench::Outcome outcome{
      .version = EAGAIN_VERSION,
      .started = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))),
      .command = CommandLine(program),
      .kernel = KernelName(),
      .notes = plan.notes,
      .options = plan.options,
      .result = {}};
  try {
    TryOutAll(plan.options);
    Progress progress(std::cerr, report::StyleOf(STDERR_FILENO));
    outcome.result = bench::Run(plan.options, progress, stopped);
  } catch (const bench::Interrupted&) {
    outcome.result.interrupted = true;
  }
  return HandOver(plan, outcome);
}

void AddOptions(CLI::App& verb, BenchArguments& arguments) {
  verb.add_option(
      "strategy", arguments.strategies,
      "servers of eagain serve; without any server: epoll epoll-et poll select io_uring threads");
  verb.add_option("--vs", arguments.versus,
                  "another server, \"CMD {port}\" or \"NAME=CMD {port}\"; more than once")
      ->allow_extra_args(false);
  verb.add_option("--baseline", arguments.baseline,
                  "the server that the others are compared with; the first without");
  verb.add_option("--measure", arguments.measures,
                  "rate, throughput, calls, idle, memory; all without")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb.add_option("--clients", arguments.clients, "of rate: so many at once")
      ->delimiter(',')
      ->check(CLI::Range(1, 100'000))
      ->allow_extra_args(false)
      ->capture_default_str();
  verb.add_option("--idle", arguments.idle,
                  "of idle: so many beside 50 active ones; of memory: the most")
      ->delimiter(',')
      ->check(CLI::Range(0, 100'000))
      ->allow_extra_args(false)
      ->capture_default_str();
  verb.add_option("--pairs", arguments.pairs, "how often each server is measured")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  verb.add_option("--slice", arguments.slice_ms, "milliseconds each time")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  verb.add_option("--time-limit", arguments.time_limit_s, "seconds in all")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb.add_option("--server-cpu", arguments.server_cpu, "the CPU that the server runs on");
  verb.add_option("--load-cpu", arguments.load_cpu, "the CPU that the load runs on");
  verb.add_option("--report", arguments.reports, "FORMAT=FILE: json, html, svg; more than once")
      ->allow_extra_args(false);
}

}  // namespace

void AddBench(CLI::App& app, Action& action, const Invocation& invocation) {
  auto arguments = std::make_shared<BenchArguments>();
  CLI::App* verb =
      app.add_subcommand("bench", "servers side by side: rates, latency, CPU, calls, memory");
  verb->footer(R"(Examples:
  eagain bench
  eagain bench epoll --vs "asyncio=python3 server.py {port}" --report html=bench.html
  eagain bench epoll threads --measure rate --clients 50 --pairs 10)");
  AddOptions(*verb, *arguments);
  verb->callback([arguments, &action, &invocation] {
    action = [arguments, &invocation] { return Bench(*arguments, invocation.program); };
  });
}

}  // namespace eagain::cli
