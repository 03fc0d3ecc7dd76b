#include "eagain/report/formats.h"

#include <algorithm>
#include <array>

namespace eagain::report {
namespace {

constexpr std::array kFormats = {
    Format{"json", "all that is known; the form that `eagain merge` reads", RenderJson},
    Format{"html", "one page for people, with a timeline of each failure", RenderHtml},
    Format{"junit", "XML, for GitHub's, GitLab's and Jenkins' test reports", RenderJunit},
    Format{"tap", "TAP 14, with YAML diagnostics", RenderTap},
    Format{"github", "a job summary ($GITHUB_STEP_SUMMARY), and annotations in the log",
           RenderGithubSummary, GithubLog, "GITHUB_STEP_SUMMARY"},
    Format{"gradescope", "Gradescope's results.json", RenderGradescope},
    Format{"classroom50", "Classroom 50's result.json", RenderClassroom50},
};

}  // namespace

std::span<const Format> Formats() { return kFormats; }

const Format* FindFormat(std::string_view name) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const Format& format) { return format.name == name; });
  return found == kFormats.end() ? nullptr : &*found;
}

}  // namespace eagain::report
