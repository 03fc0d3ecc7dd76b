#include "eagain/grade/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "eagain/cli/check_run.h"
#include "eagain/cli/class_output.h"
#include "eagain/cli/verbs.h"
#include "eagain/report/json.h"

namespace eagain::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  eagain merge shard-1.json shard-2.json --report json=report.json
  eagain merge results/*.json --report html=class.html --report csv=class.csv

Reports of the shards of one run become the report of the whole run; of many submissions, a class
report. A missing shard is told. Exit status: that of the merged report; of a class report, 0 when
nothing is missing and 3 otherwise.)";

struct Inputs {
  std::map<std::string, std::vector<grade::NamedReport>> runs;  // by submission
  std::vector<grade::ClassReport> classes;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file || file.bad()) {
    throw runner::BadUsage(fmt::format("cannot read {}", path));
  }
  return text;
}

// A report that says no name is called like its file, unless it is a shard of something.
std::string NameOf(const report::Report& report, const std::string& path) {
  if (!report.submission.empty() || report.shard_count > 1) {
    return report.submission;
  }
  return std::filesystem::path(path).stem();
}

void Read(const std::string& path, Inputs& inputs) {
  const std::string text = ReadFile(path);
  try {
    const auto value = nlohmann::json::parse(text);
    if (value.is_object() && value.value("schema", "") == grade::kClassSchema) {
      inputs.classes.push_back(grade::ParseClassJson(text));
      return;
    }
    report::Report report = report::ParseJson(text);
    const std::string name = NameOf(report, path);
    inputs.runs[name].push_back({.name = path, .report = std::move(report)});
  } catch (const std::runtime_error& error) {
    throw runner::BadUsage(fmt::format("{} is no report of eagain: {}", path, error.what()));
  } catch (const nlohmann::json::exception& error) {
    throw runner::BadUsage(fmt::format("{} is no report of eagain: {}", path, error.what()));
  }
}

struct Merge {
  std::string program;
  std::vector<std::string> files;
  std::vector<std::string> reports;
  bool verbose = false;

  int run() {
    Inputs inputs;
    for (const std::string& file : files) {
      Read(file, inputs);
    }
    if (inputs.classes.empty() && inputs.runs.size() == 1) {
      return one_run(inputs.runs.begin()->second);
    }
    return HandOver(as_class(std::move(inputs)), ParseClassReports(reports));
  }

  int one_run(const std::vector<grade::NamedReport>& shards) const {
    CheckPlan plan;
    plan.reports = ParseReports(reports);
    plan.verbose = verbose;
    report::Report merged = grade::MergeShards(shards);
    merged.program = program;
    return HandOver(merged, plan);
  }

  static grade::ClassReport as_class(Inputs inputs) {
    grade::ClassReport part;
    for (auto& [name, shards] : inputs.runs) {
      report::Report merged = grade::MergeShards(shards);
      merged.submission = name;
      grade::AddTo(part, merged);
    }
    if (!part.rows.empty()) {
      part.shard_index = inputs.classes.empty() ? 1 : 0;  // it is none of the others' shards
      inputs.classes.push_back(std::move(part));
    }
    return grade::Joined(inputs.classes);
  }
};

}  // namespace

void AddMerge(CLI::App& app, Action& action, const Invocation& invocation) {
  auto merge = std::make_shared<Merge>();
  CLI::App* verb = app.add_subcommand("merge", "make one report of many shards or submissions");
  verb->footer(kExamples);
  verb->add_option("REPORT", merge->files, "reports in the format json")->required();
  verb->add_option("--report", merge->reports,
                   "write the merged report, - is standard output; repeatable. Formats of a run: " +
                       FormatNames() + "; of a class: " + ClassFormatNames())
      ->type_name("FORMAT=FILE")
      ->allow_extra_args(false);
  verb->add_flag("-v,--verbose", merge->verbose, "all steps, all of the server's output");
  verb->callback([merge, &action, &invocation] {
    merge->program = invocation.program;
    action = [merge] { return merge->run(); };
  });
}

}  // namespace eagain::cli
