// The formats of --report FORMAT=FILE: a table from the name to what writes it. Each is a file of
// its own; a new one needs its line in formats.cc and nothing else.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "eagain/report/report.h"

namespace eagain::report {

struct Format {
  std::string_view name;
  std::string_view summary;  // for the help text
  std::string (*render)(const Report&);
  // Where a program reads the log of the run as well: what is printed in the place of `text`, which
  // is what people read there, a server's own words among it.
  std::string (*log)(const Report&, std::string_view text) = nullptr;
  // An environment variable with the name of a file that others write to as well, so that this is
  // added to it; any other file is replaced.
  const char* shared_file = nullptr;
};

std::span<const Format> Formats();
// nullptr when there is none of that name.
const Format* FindFormat(std::string_view name);

// eagain/report/v1: see json.h.
std::string RenderJson(const Report& report);

// JUnit's XML, as GitHub's, GitLab's and Jenkins' readers take it: a suite a family. A failure is the
// server's, an error the harness's. What does not count (advice, known failures) is skipped, with the
// reason. `server_output` is system-out.
std::string RenderJunit(const Report& report);

// TAP version 14 (testanything.org): a point a check, with a YAML block for what failed. Known failures
// and advice are TODO. A run that was cut short bails out.
std::string RenderTap(const Report& report);

// GitHub's job summary, in Markdown: the file of $GITHUB_STEP_SUMMARY, of which GitHub takes no more than
// 1 MiB; this stays below.
std::string RenderGithubSummary(const Report& report);
// GitHub's log: `text` between ::stop-commands:: and its end, so that nothing in it is taken for a
// command; then at most 10 annotations, which is as many as GitHub shows of a step.
std::string GithubLog(const Report& report, std::string_view text);

// Gradescope's results.json (its autograder specification): a test a check, points as they were scored.
// What has no points (advice, what is skipped) is shown without a status.
std::string RenderGradescope(const Report& report);

// Classroom 50's result.json, classroom50/result/v1: what an autograder.py leaves for the runner of
// foundation50/classroom50, whose validator takes it only if it names the submission as the runner does.
// That it tells the autograder in its environment: CLASSROOM, ASSIGNMENT, ASSIGNMENT_TYPE or MODE
// ("individual" without), OWNER or USERNAME, SUBMISSION_TAG, COMMIT_URL, RELEASE_URL, REVIEW_URL (COMMIT_URL
// without). What is not set is written as "local", and "submit/local", so that it can be tried out. Scores are
// whole numbers there: where ours are not, all are multiplied by 100. Checks that do not count are left out.
std::string RenderClassroom50(const Report& report);

// One HTML file that needs nothing else and no network: html/.
std::string RenderHtml(const Report& report);

}  // namespace eagain::report
