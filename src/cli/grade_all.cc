#include "eagain/cli/grade_all.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/interprocess/sync/file_lock.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>

#include "eagain/cli/class_output.h"
#include "eagain/grade/class_report.h"
#include "eagain/grade/staging.h"
#include "eagain/report/escape.h"
#include "eagain/report/json.h"
#include "eagain/report/output_file.h"
#include "eagain/runner/process_pool.h"

namespace eagain::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kTimeLimit = 1800;  // seconds

std::string Absolute(const std::string& path) {
  return path.empty() ? path : fs::absolute(path).string();
}

// The folders in `all`, by name; those that are hidden are nobody's submission.
std::vector<std::string> Submissions(const std::string& all) {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(all, error)) {
    const std::string name = entry.path().filename();
    if (entry.is_directory() && !name.starts_with('.')) {
      names.push_back(name);
    }
  }
  if (error) {
    throw runner::BadUsage(fmt::format("--all {}: {}", all, error.message()));
  }
  if (names.empty()) {
    throw runner::BadUsage(fmt::format("--all {}: there is no folder in it", all));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> PartOf(const std::vector<std::string>& names, const runner::Shard& shard) {
  std::vector<std::string> part;
  for (size_t at = static_cast<size_t>(shard.index - 1); at < names.size();
       at += static_cast<size_t>(shard.count)) {
    part.push_back(names[at]);
  }
  return part;
}

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ManySubmissions {
 public:
  ManySubmissions(const GradeArguments& arguments, const std::vector<std::string>& command)
      : arguments_(arguments),
        command_(command),
        all_(Absolute(arguments.all)),
        results_(arguments.results.empty() ? ResultsFor(all_) : Absolute(arguments.results)),
        shard_(runner::ParseShard(arguments.check.shard)),
        names_(PartOf(Submissions(all_), shard_)) {
    prepare();
  }

  int run(const std::vector<ClassRequest>& requests);

 private:
  static std::string ResultsFor(const fs::path& all) {
    return (all.has_filename() ? all : all.parent_path()).string() + "-results";
  }
  void prepare();
  void lock();
  std::vector<std::string> options() const;
  std::string report_of(const std::string& name) const {
    return results_ + "/reports/" + name + ".json";
  }
  std::string fingerprint_of(const std::string& name) const {
    return grade::FingerprintOf(all_ + "/" + name, salt_);
  }
  std::optional<report::Report> result_of(const std::string& name) const;
  bool is_done(const std::string& name) const;
  runner::Task task_of(const std::string& name) const;
  grade::ClassReport class_report() const;

  const GradeArguments& arguments_;
  const std::vector<std::string>& command_;
  std::string all_;
  std::string results_;
  runner::Shard shard_;
  std::vector<std::string> names_;
  std::string salt_;                     // all that a result depends on besides the submission
  boost::interprocess::file_lock lock_;  // of results_: two that grade into it would grade twice
};

void ManySubmissions::prepare() {
  std::error_code error;
  fs::create_directories(results_ + "/reports", error);
  if (error) {
    throw runner::BadUsage(fmt::format("--results {}: {}", results_, error.message()));
  }
  lock();
  salt_ = EAGAIN_VERSION + Contents(arguments_.rubric);
  for (const std::string& word : options()) {
    salt_ += '\0' + word;
  }
  for (const std::string& word : command_) {
    salt_ += '\0' + word;
  }
}

void ManySubmissions::lock() {
  const std::string file = results_ + "/.lock";
  if (!std::ofstream(file, std::ios::app)) {
    throw runner::BadUsage(fmt::format("--results {}: it cannot be written to", results_));
  }
  bool free = true;
  try {
    lock_ = boost::interprocess::file_lock(file.c_str());
    free = lock_.try_lock();
  } catch (const boost::interprocess::interprocess_exception&) {
    // A file system without locks: that there is only one is the user's care.
  }
  if (!free) {
    throw runner::BadUsage(fmt::format(
        "--results {}: another eagain grades into this folder now; wait until it has ended, or "
        "give another folder",
        results_));
  }
}

// Those that each submission is graded with.
std::vector<std::string> ManySubmissions::options() const {
  const CheckArguments& check = arguments_.check;
  std::vector<std::string> words = {"--rubric", Absolute(arguments_.rubric)};
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) {
      words.insert(words.end(), {option, value});
    }
  };
  add("--build", arguments_.build);
  add("--strategy", check.strategy);
  add("--port", check.port ? std::to_string(*check.port) : "");
  for (const std::string& glob : check.choice.only) {
    add("--only", glob);
  }
  for (const std::string& glob : check.choice.skip) {
    add("--skip", glob);
  }
  add("--repeat", std::to_string(check.repeat));
  add("--seed", std::to_string(check.seed));
  add("--timeout-scale", fmt::format("{}", check.timeout_scale));
  add("--isolation", check.isolation);
  add("--expect", Absolute(check.expect));
  add("--time-limit",
      std::to_string(arguments_.time_limit > 0 ? arguments_.time_limit : kTimeLimit));
  add("--memory", std::to_string(arguments_.memory_mib));
  add("--processes", std::to_string(arguments_.processes));
  const std::vector<std::string> memory = check.memory.words();
  words.insert(words.end(), memory.begin(), memory.end());
  if (arguments_.allow_weak_sandbox) {
    words.emplace_back("--allow-weak-sandbox");
  }
  return words;
}

std::optional<report::Report> ManySubmissions::result_of(const std::string& name) const {
  try {
    return report::ParseJson(Contents(report_of(name)));
  } catch (const report::NotAReport&) {
    return std::nullopt;
  }
}

bool ManySubmissions::is_done(const std::string& name) const {
  const auto report = result_of(name);
  return report && !report->interrupted && report->judgement != "harness-failed" &&
         report->fingerprint == fingerprint_of(name);
}

runner::Task ManySubmissions::task_of(const std::string& name) const {
  runner::Task task{.name = report::EscapeLine(name),
                    .folder = all_ + "/" + name,
                    .log = results_ + "/reports/" + name + ".txt",
                    .argv = {"eagain", "grade"}};
  const std::vector<std::string> shared = options();
  task.argv.insert(task.argv.end(), shared.begin(), shared.end());
  task.argv.insert(
      task.argv.end(),
      {"--jobs", "1", "--spare-slots", std::to_string(runner::kSpareSlotsFd), "--submission", name,
       "--fingerprint", fingerprint_of(name), "--report", "json=" + report_of(name), "--"});
  task.argv.insert(task.argv.end(), command_.begin(), command_.end());
  return task;
}

grade::ClassReport ManySubmissions::class_report() const {
  grade::ClassReport report;
  report.shard_index = shard_.index;
  report.shard_count = shard_.count;
  for (const std::string& name : names_) {
    const auto result = result_of(name);
    if (result && !result->interrupted && result->fingerprint == fingerprint_of(name)) {
      grade::AddTo(report, *result);
    } else {
      report.missing.push_back(report::EscapeLine(name));
    }
  }
  return report;
}

int ManySubmissions::run(const std::vector<ClassRequest>& requests) {
  std::vector<runner::Task> tasks;
  for (const std::string& name : names_) {
    if (!is_done(name)) {
      // What is out of date must not be taken for a result if this run does not come to it.
      fs::remove(report_of(name));
      tasks.push_back(task_of(name));
    }
  }
  if (tasks.size() < names_.size()) {
    std::cout << fmt::format("{} of {} submissions are graded already\n",
                             names_.size() - tasks.size(), names_.size());
  }
  const int jobs = arguments_.check.jobs > 0 ? arguments_.check.jobs : Processors();
  const bool all_ran = runner::RunTasks(tasks, jobs, std::cout);
  const grade::ClassReport report = class_report();
  using Render = std::string (*)(const grade::ClassReport&);
  const std::pair<const char*, Render> files[] = {{"class.json", grade::RenderClassJson},
                                                  {"class.csv", grade::RenderClassCsv},
                                                  {"class.html", grade::RenderClassHtml}};
  for (const auto& [name, render] : files) {
    report::OutputFile(results_ + "/" + name).write(render(report));
  }
  const int status = HandOver(report, requests);
  std::cout << fmt::format("The reports are in {}\n", results_) << std::flush;
  return all_ran ? status : kHarnessFailed;
}

}  // namespace

int GradeAll(const GradeArguments& arguments, const std::string& program,
             const std::vector<std::string>& command) {
  CheckArguments check = arguments.check;
  check.shard = "1/1";
  check.reports.clear();
  GradeArguments one = arguments;
  one.check = check;
  static_cast<void>(MakeGradePlan(one, program, command));  // refuses what makes no sense
  return ManySubmissions(arguments, command).run(ParseClassReports(arguments.check.reports));
}

}  // namespace eagain::cli
