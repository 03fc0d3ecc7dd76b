#include "eagain/cli/class_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "eagain/cli/verbs.h"
#include "eagain/report/style.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::cli {
namespace {

struct ClassFormat {
  std::string_view name;
  std::string (*render)(const grade::ClassReport&);
};

constexpr std::array kFormats = {
    ClassFormat{"json", grade::RenderClassJson},
    ClassFormat{"csv", grade::RenderClassCsv},
    ClassFormat{"html", grade::RenderClassHtml},
};

ClassRequest Parse(const std::string& text) {
  const size_t equals = std::min(text.find('='), text.size());
  const auto format = std::find_if(kFormats.begin(), kFormats.end(), [&](const ClassFormat& one) {
    return one.name == text.substr(0, equals);
  });
  if (equals == text.size() || format == kFormats.end()) {
    throw runner::BadUsage(
        fmt::format("--report '{}': a class report is written as FORMAT=FILE; formats: {}", text,
                    ClassFormatNames()));
  }
  try {
    return {.render = format->render, .file = report::OutputFile(text.substr(equals + 1))};
  } catch (const report::OutputError& error) {
    throw runner::BadUsage(fmt::format("--report {}: {}", text, error.what()));
  }
}

}  // namespace

std::string ClassFormatNames() { return "json, csv, html"; }

std::vector<ClassRequest> ParseClassReports(const std::vector<std::string>& texts) {
  std::vector<ClassRequest> requests;
  std::transform(texts.begin(), texts.end(), std::back_inserter(requests), Parse);
  return requests;
}

int HandOver(const grade::ClassReport& report, const std::vector<ClassRequest>& requests) {
  const bool taken = std::any_of(requests.begin(), requests.end(), [](const ClassRequest& one) {
    return one.file.is_standard_output();
  });
  (taken ? std::cerr : std::cout) << grade::RenderClassText(
                                         report,
                                         report::StyleOf(taken ? STDERR_FILENO : STDOUT_FILENO))
                                  << std::flush;
  int status = report.complete() ? kConforms : kHarnessFailed;
  for (const ClassRequest& request : requests) {
    try {
      request.file.write(request.render(report));
    } catch (const report::OutputError& error) {
      std::cerr << "eagain: " << error.what() << '\n';
      status = kHarnessFailed;
    }
  }
  return status;
}

}  // namespace eagain::cli
