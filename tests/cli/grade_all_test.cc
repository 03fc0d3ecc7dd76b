// `grade --all`, `--shard` and `merge` as a teacher runs them.
#include <gmock/gmock.h>

#include <boost/interprocess/sync/file_lock.hpp>

#include "many_submissions.h"

namespace eagain {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(GradeAllTest, OneBadSubmissionHarmsNoOther) {
  submit_good("ada");
  submit("bob", "exit 1\n");
  submit_good("a b;c");
  EXPECT_EQ(run(all({"--jobs", "2"})), 0) << output_;
  const json report = class_of("all-results");
  ASSERT_EQ(report["submissions"].size(), 3);
  EXPECT_EQ(report["submissions"][0]["name"], "a b;c");
  EXPECT_EQ(report["submissions"][0]["score"], 10.0);
  EXPECT_EQ(report["submissions"][2]["name"], "bob");
  EXPECT_EQ(report["submissions"][2]["score"], 0.0);
  EXPECT_EQ(report["failed_most"][0]["id"], "lifecycle/listens");
  EXPECT_THAT(output_, AllOf(HasSubstr("3 submissions"), HasSubstr("[3 of 3]")));
  EXPECT_THAT(ContentsOf(folder_ / "all-results/class.html"), HasSubstr("a b;c"));
  EXPECT_THAT(ContentsOf(folder_ / "all-results/reports/bob.txt"), HasSubstr("Score: 0 of 10"));
}

TEST_F(GradeAllTest, WhatIsDoneIsNotDoneAgainUnlessItChanged) {
  submit_good("ada");
  submit_good("bob");
  EXPECT_EQ(run(all()), 0) << output_;
  const json before = report_of("ada");
  const json of_bob = report_of("bob");
  submit("bob", "exit 7\n");
  EXPECT_EQ(run(all()), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("1 of 2 submissions are graded already"));
  EXPECT_EQ(report_of("ada"), before);
  EXPECT_NE(report_of("bob"), of_bob);
  std::ofstream(folder_ / "rubric.toml", std::ios::app) << "partial_credit = true\n";
  EXPECT_EQ(run(all()), 0) << output_;
  EXPECT_THAT(output_, Not(HasSubstr("graded already"))) << "another rubric";
}

TEST_F(GradeAllTest, InterruptedItGoesOnWhereItStopped) {
  for (int number = 0; number < 5; ++number) {
    submit_good("s" + std::to_string(number));
  }
  ExpectItGoesOn(folder_, all({"--jobs", "1"}), 5);
}

TEST_F(GradeAllTest, TwoAtATimeDoNotGradeIntoOneFolder) {
  submit_good("ada");
  const fs::path results = folder_ / "all-results";
  fs::create_directories(results);
  std::ofstream(results / ".lock");
  boost::interprocess::file_lock other((results / ".lock").c_str());
  other.lock();
  EXPECT_EQ(run(all()), 2);
  EXPECT_THAT(output_, HasSubstr("another eagain grades into this folder"));
  EXPECT_FALSE(fs::exists(results / "reports/ada.json"));
  other.unlock();
  EXPECT_EQ(run(all()), 0) << output_;
}

TEST_F(GradeAllTest, ShardsOfSubmissionsAreMergedAndAMissingOneIsTold) {
  submit_good("ada");
  submit_good("bob");
  submit_good("eve");
  const std::string one = folder_ / "one";
  const std::string two = folder_ / "two";
  EXPECT_EQ(run(all({"--shard", "1/2", "--results", one})), 0) << output_;
  EXPECT_EQ(run({EAGAIN_PROGRAM, "merge", one + "/class.json"}), 3) << output_;
  EXPECT_THAT(output_, HasSubstr("Missing shards: 2"));
  EXPECT_EQ(run(all({"--shard", "2/2", "--results", two})), 0) << output_;
  EXPECT_EQ(run({EAGAIN_PROGRAM, "merge", one + "/class.json", two + "/class.json", "--report",
                 "csv=" + (folder_ / "class.csv").string()}),
            0)
      << output_;
  EXPECT_EQ(ContentsOf(folder_ / "class.csv"),
            "submission,score,max_score,judgement,note,Echo\r\nada,10,10,conforms,,10\r\n"
            "bob,10,10,conforms,,10\r\neve,10,10,conforms,,10\r\n");
}

TEST_F(GradeAllTest, RefusesWhatMakesNoSenseBeforeAnythingRuns) {
  EXPECT_EQ(run(all()), 2) << "no submission";
  submit_good("ada");
  EXPECT_EQ(run(all({"--shard", "3/2"})), 2);
  EXPECT_EQ(run(all({"--report", "tap=x"})), 2);
  EXPECT_EQ(run(all({"--strategy", "nonsense"})), 2);
  EXPECT_FALSE(fs::exists(folder_ / "all-results/reports/ada.json"));
}

class MergeTest : public GradeAllTest {
 protected:
  // Of the fields that depend on the moment.
  static json Timeless(json report) {
    for (const char* key : {"duration_ms", "started", "timeout_scale"}) {
      report.erase(key);
    }
    for (json& check : report["checks"]) {
      for (const char* key :
           {"duration_ms", "timeline", "steps", "server_output", "actual", "repro"}) {
        check.erase(key);
      }
    }
    return report;
  }
  json check(std::vector<std::string> options, const std::string& name) {
    const std::string file = folder_ / name;
    options.insert(options.begin(),
                   {EAGAIN_PROGRAM, "check", "--only", "echo", "--only", "lifecycle", "--only",
                    "concurrency/second-client", "--report", "json=" + file});
    options.insert(options.end(), {"--", EAGAIN_PROGRAM, "serve", "blocking", "--port", "{port}"});
    run(options);
    return json::parse(ContentsOf(file), nullptr, false);
  }
};

TEST_F(MergeTest, TwoShardsAreTheWholeRunCheckByCheck) {
  const json whole = check({}, "whole.json");
  check({"--shard", "1/2"}, "1.json");
  check({"--shard", "2/2"}, "2.json");
  EXPECT_EQ(run({EAGAIN_PROGRAM, "merge", folder_ / "2.json", folder_ / "1.json", "--report",
                 "json=" + (folder_ / "merged.json").string()}),
            1)
      << output_;
  EXPECT_THAT(output_, HasSubstr("FAIL concurrency/second-client"));
  EXPECT_EQ(Timeless(json::parse(ContentsOf(folder_ / "merged.json"))), Timeless(whole));
  EXPECT_EQ(run({EAGAIN_PROGRAM, "merge", folder_ / "2.json"}), 3);
  EXPECT_THAT(output_, HasSubstr("Missing shards: 1"));
}

TEST_F(MergeTest, WhatIsNoReportIsRefusedWithItsName) {
  EXPECT_EQ(run({EAGAIN_PROGRAM, "merge", "/etc/passwd"}), 2);
  EXPECT_THAT(output_, HasSubstr("/etc/passwd is no report of eagain"));
  EXPECT_EQ(run({EAGAIN_PROGRAM, "merge", "/nonexistent"}), 2);
  EXPECT_EQ(run({EAGAIN_PROGRAM, "merge"}), 2);
}

class ClusterTest : public testing::Test {
 protected:
  static std::string Shard(std::vector<std::string> environment) {
    std::vector<std::string> words = {"/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "EAGAIN=echo"};
    words.insert(words.end(), environment.begin(), environment.end());
    words.insert(words.end(), {EAGAIN_CLUSTER "/shard.sh", "grade", "--rubric", "r.toml"});
    Program program(words);
    program.end_input();
    static_cast<void>(program.wait());
    return program.output() + program.errors();
  }
};

TEST_F(ClusterTest, ATaskOfAnArrayIsAShard) {
  EXPECT_EQ(Shard({"SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_MIN=1", "SLURM_ARRAY_TASK_COUNT=8"}),
            "grade --shard 3/8 --rubric r.toml\n");
  EXPECT_EQ(Shard({"SLURM_ARRAY_TASK_ID=0", "SLURM_ARRAY_TASK_MIN=0", "SLURM_ARRAY_TASK_COUNT=8"}),
            "grade --shard 1/8 --rubric r.toml\n");
  EXPECT_EQ(Shard({"JOB_COMPLETION_INDEX=0", "JOB_COMPLETIONS=4"}),
            "grade --shard 1/4 --rubric r.toml\n");
  EXPECT_THAT(Shard({"JOB_COMPLETION_INDEX=0"}), HasSubstr("number of tasks is not set"));
  EXPECT_THAT(Shard({}), HasSubstr("no task of an array"));
}

TEST_F(ClusterTest, TheSlurmTemplateGradesItsShard) {
  Program program({"/usr/bin/env", "EAGAIN=echo", "EAGAIN_CLUSTER=" EAGAIN_CLUSTER,
                   "SLURM_ARRAY_TASK_ID=2", "SLURM_ARRAY_TASK_COUNT=8", "/bin/bash",
                   EAGAIN_CLUSTER "/slurm.sbatch"});
  program.end_input();
  EXPECT_EQ(program.wait(), 0) << program.errors();
  EXPECT_EQ(program.output(),
            "grade --shard 2/8 --rubric rubric.toml --build make --all submissions --results "
            "results-2 -- ./server {port}\n");
}

// What the pod would run, with its own environment, as the YAML says it.
TEST_F(ClusterTest, TheKubernetesTemplateGradesItsShard) {
  Program program({"/usr/bin/python3", "-c", R"(
import os, subprocess, sys, yaml
job = yaml.safe_load(open(sys.argv[1] + "/kubernetes-job.yaml"))
spec = job["spec"]
assert spec["completionMode"] == "Indexed"
container = spec["template"]["spec"]["containers"][0]
env = {e["name"]: e["value"] for e in container["env"]}
assert env["JOB_COMPLETIONS"] == str(spec["completions"])
env.update(PATH=sys.argv[1] + ":/usr/bin:/bin", EAGAIN="echo", JOB_COMPLETION_INDEX="5")
sys.exit(subprocess.run(container["command"] + container["args"], env=env).returncode)
)",
                   EAGAIN_CLUSTER});
  program.end_input();
  EXPECT_EQ(program.wait(), 0) << program.errors();
  EXPECT_THAT(program.output(), AllOf(HasSubstr("grade --shard 6/8 "),
                                      HasSubstr("--results /class/results-5 -- ./server {port}")));
}

}  // namespace
}  // namespace eagain
