#include "eagain/cli/bench_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "eagain/bench/call_counter.h"
#include "eagain/cli/strategy_named.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::cli {
namespace {

using bench::Contender;
using bench::Kind;
using bench::Measure;
using runner::BadUsage;

struct NamedFormat {
  std::string_view name;
  std::string (*render)(const bench::Outcome&);
};
constexpr NamedFormat kFormats[] = {
    {"json", bench::RenderJson}, {"html", bench::RenderHtml}, {"svg", bench::RenderSvg}};

// Those that serve any number of clients well, and threads, for comparison.
const std::vector<std::string> kUsual = {"epoll",  "epoll-et", "poll",
                                         "select", "io_uring", "threads"};

constexpr Kind kKinds[] = {Kind::kRate, Kind::kThroughput, Kind::kCalls, Kind::kIdle,
                           Kind::kMemory};

constexpr int kActiveBesideIdle = 50;
constexpr int kSpareDescriptors = 100;

Contender Named(std::string name, std::vector<std::string> argv) {
  Contender contender;
  contender.name = std::move(name);
  contender.command.argv = std::move(argv);
  return contender;
}

Contender OfStrategy(const std::string& name) {
  const std::string strategy(StrategyNamed(name).name);
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  return Named(strategy, {self, "serve", strategy, "--port", "{port}", "--log", "error"});
}

bool IsName(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char character) {
    return std::isalnum(static_cast<unsigned char>(character)) != 0 ||
           std::string_view("_-+.").find(character) != std::string_view::npos;
  });
}

// Without a name of its own, a command has that of its first word's file. A shell reads the words.
Contender OfCommand(const std::string& text) {
  std::string command = text;
  std::string name;
  const size_t equals = text.find('=');
  if (equals != std::string::npos && IsName(text.substr(0, equals))) {
    name = text.substr(0, equals);
    command = text.substr(equals + 1);
  } else {
    name = std::filesystem::path(text.substr(0, text.find(' '))).filename();
  }
  if (command.find_first_not_of(' ') == std::string::npos) {
    throw BadUsage(
        fmt::format("--vs '{}': no command; want \"CMD {{port}}\" or \"NAME=CMD {{port}}\"", text));
  }
  return Named(name, {"/bin/sh", "-c", "exec " + command});
}

std::vector<Contender> Contenders(const BenchArguments& arguments) {
  std::vector<Contender> contenders;
  const bool usual = arguments.strategies.empty() && arguments.versus.empty();
  for (const std::string& strategy : usual ? kUsual : arguments.strategies) {
    contenders.push_back(OfStrategy(strategy));
  }
  std::ranges::transform(arguments.versus, std::back_inserter(contenders), OfCommand);
  for (const Contender& one : contenders) {
    if (std::ranges::count(contenders, one.name, &Contender::name) > 1) {
      throw BadUsage(fmt::format(
          "two servers are called '{}': give one another name, --vs \"NAME=CMD {{port}}\"",
          one.name));
    }
  }
  return contenders;
}

size_t BaselineAmong(const std::vector<Contender>& contenders, const std::string& name) {
  if (name.empty()) {
    return 0;
  }
  const auto found = std::ranges::find(contenders, name, &Contender::name);
  if (found == contenders.end()) {
    std::vector<std::string> names;
    std::ranges::transform(contenders, std::back_inserter(names), &Contender::name);
    throw BadUsage(fmt::format("--baseline: no server here is called '{}'; there are: {}", name,
                               fmt::join(names, " ")));
  }
  return static_cast<size_t>(found - contenders.begin());
}

std::vector<Kind> Kinds(const std::vector<std::string>& names) {
  if (names.empty()) {
    return {std::begin(kKinds), std::end(kKinds)};
  }
  std::vector<Kind> kinds;
  for (const std::string& name : names) {
    const auto* found = std::ranges::find(kKinds, name, bench::KindName);
    if (found == std::end(kKinds)) {
      std::vector<std::string_view> known;
      std::ranges::transform(kKinds, std::back_inserter(known), bench::KindName);
      throw BadUsage(
          fmt::format("--measure: there is no '{}'; there are: {}", name, fmt::join(known, " ")));
    }
    kinds.push_back(*found);
  }
  return kinds;
}

// How many clients there can be at once: a descriptor each in this process, and one in the server;
// and a port each.
struct Room {
  int clients = 0;
  std::string reason;
};

Room RoomForClients() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  int first = 32768;
  int last = 60999;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first >> last;
  const auto descriptors =
      static_cast<int>(std::min<rlim_t>(limit.rlim_max, 1'000'000)) - kSpareDescriptors;
  const int ports = last - first + 1;
  return descriptors <= ports
             ? Room{descriptors,
                    fmt::format("a process may have {} descriptors (ulimit -Hn)", limit.rlim_max)}
             : Room{ports, fmt::format("there are {} ports (net.ipv4.ip_local_port_range)", ports)};
}

std::vector<Measure> WithIdle(const BenchArguments& arguments, int room) {
  std::vector<int> idle = arguments.idle;
  idle.push_back(0);
  std::ranges::sort(idle);
  idle.erase(std::unique(idle.begin(), idle.end()), idle.end());
  std::vector<Measure> measures;
  for (const int count : idle) {
    if (count + kActiveBesideIdle <= room) {
      measures.push_back({.kind = Kind::kIdle,
                          .shape = {.clients = kActiveBesideIdle, .idle = count},
                          .rounds = std::max(1, arguments.pairs / 3)});
    }
  }
  return measures;
}

void AddMeasures(BenchPlan& plan, Kind kind, const BenchArguments& arguments, const Room& room) {
  std::vector<Measure>& measures = plan.options.measures;
  const int most_idle = *std::ranges::max_element(arguments.idle);
  switch (kind) {
    case Kind::kRate:
      for (const int clients : arguments.clients) {
        measures.push_back({.kind = kind,
                            .shape = {.clients = clients},
                            .one_cpu = clients == 1,
                            .rounds = arguments.pairs});
      }
      break;
    case Kind::kThroughput:
      measures.push_back({.kind = kind,
                          .shape = {.clients = 4, .message_bytes = 16 * 1024, .in_flight = 8},
                          .rounds = arguments.pairs});
      break;
    case Kind::kCalls:
      if (const auto obstacle = bench::CallCounter::why_not()) {
        plan.notes.push_back("system calls were not counted: " + *obstacle);
        break;
      }
      for (const int clients : {1, 50}) {
        measures.push_back({.kind = kind,
                            .shape = {.clients = clients},
                            .one_cpu = clients == 1,
                            .rounds = std::min(3, arguments.pairs)});
      }
      break;
    case Kind::kIdle:
      std::ranges::copy(WithIdle(arguments, room.clients), std::back_inserter(measures));
      break;
    case Kind::kMemory:
      measures.push_back({.kind = kind,
                          .shape = {.clients = 1, .idle = std::min(most_idle, room.clients - 1)},
                          .rounds = 1});
      break;
    case Kind::kControl:
      break;
  }
}

// The baseline against itself comes first, and whenever something is timed.
void AddControl(BenchPlan& plan, const BenchArguments& arguments) {
  const auto timed = std::ranges::find_if(plan.options.measures, [](const Measure& measure) {
    return measure.kind != Kind::kCalls && measure.kind != Kind::kMemory;
  });
  if (timed != plan.options.measures.end()) {
    plan.options.measures.insert(plan.options.measures.begin(),
                                 {.kind = Kind::kControl,
                                  .shape = {.clients = kActiveBesideIdle},
                                  .rounds = arguments.pairs});
  }
}

void RefuseTooMany(const BenchArguments& arguments, const Room& room,
                   std::vector<std::string>& notes) {
  const int most = *std::ranges::max_element(arguments.clients);
  if (most > room.clients) {
    throw BadUsage(fmt::format("--clients {}: at most {} on this machine: {}", most, room.clients,
                               room.reason));
  }
  if (*std::ranges::max_element(arguments.idle) + kActiveBesideIdle > room.clients) {
    notes.push_back(
        fmt::format("no more than {} clients on this machine: {}", room.clients, room.reason));
  }
}

bench::Cpus CpusFor(const BenchArguments& arguments) {
  const std::vector<int> allowed = bench::AllowedCpus();
  for (const auto& [option, cpu] : {std::pair{"--server-cpu", arguments.server_cpu},
                                    std::pair{"--load-cpu", arguments.load_cpu}}) {
    if (cpu && std::ranges::find(allowed, *cpu) == allowed.end()) {
      throw BadUsage(fmt::format("{} {}: there is no such CPU for this process; there are: {}",
                                 option, *cpu, fmt::join(allowed, " ")));
    }
  }
  return bench::ChooseCpus(arguments.server_cpu, arguments.load_cpu);
}

BenchReport ReportAs(const std::string& text) {
  const size_t equals = text.find('=');
  const auto* format = std::ranges::find(kFormats, text.substr(0, equals), &NamedFormat::name);
  if (equals == std::string::npos || format == std::end(kFormats)) {
    throw BadUsage(fmt::format(
        "--report '{}': want FORMAT=FILE, such as json=bench.json; formats: json, html, svg",
        text));
  }
  try {
    return {.render = format->render, .file = report::OutputFile(text.substr(equals + 1))};
  } catch (const report::OutputError& error) {
    throw BadUsage(fmt::format("--report {}: {}", text, error.what()));
  }
}

}  // namespace

bool BenchPlan::output_is_taken() const {
  return std::ranges::any_of(
      reports, [](const BenchReport& report) { return report.file.is_standard_output(); });
}

BenchPlan PlanBench(const BenchArguments& arguments) {
  BenchPlan plan;
  plan.options.contenders = Contenders(arguments);
  plan.options.baseline = BaselineAmong(plan.options.contenders, arguments.baseline);
  plan.options.cpus = CpusFor(arguments);
  plan.options.slice = std::chrono::milliseconds(arguments.slice_ms);
  plan.options.time_limit = std::chrono::seconds(arguments.time_limit_s);
  std::ranges::transform(arguments.reports, std::back_inserter(plan.reports), ReportAs);
  const Room room = RoomForClients();
  RefuseTooMany(arguments, room, plan.notes);
  for (const Kind kind : Kinds(arguments.measures)) {
    AddMeasures(plan, kind, arguments, room);
  }
  AddControl(plan, arguments);
  return plan;
}

}  // namespace eagain::cli
