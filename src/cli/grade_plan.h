// What `eagain grade` can be told, besides what `check` can, and what it means.
#pragma once

#include <string>
#include <vector>

#include "eagain/cli/check_options.h"
#include "eagain/grade/rubric.h"

namespace eagain::cli {

// As typed.
struct GradeArguments {
  CheckArguments check;
  std::string rubric;
  std::string build;
  bool allow_weak_sandbox = false;
  int time_limit = 0;  // seconds
  int memory_mib = 2048;
  int processes = 2048;
  std::string all;  // a folder of submissions; the next two are of it
  std::string results;
  // Of one submission of many.
  std::string submission;
  std::string fingerprint;
  int spare_slots = -1;
};

// Adds the options to the verb. `arguments` outlives it.
void AddGradeOptions(CLI::App& verb, GradeArguments& arguments);

// Throws runner::BadUsage that tells of everything that is wrong with it.
grade::Rubric ReadRubric(const std::string& path);

struct GradePlan {
  grade::Rubric rubric;
  CheckPlan check;
  std::string build;  // a shell's command line; empty: there is nothing to build
  bool allow_weak_sandbox = false;
  runner::SandboxLimits limits;
  std::string submission;
  std::string fingerprint;
  std::vector<std::string> own_files;  // that no submission is to see
};

// Throws runner::BadUsage as MakeCheckPlan() does, and for what is wrong with the rubric or goes
// against it.
GradePlan MakeGradePlan(const GradeArguments& arguments, std::string program,
                        std::vector<std::string> command);

}  // namespace eagain::cli
