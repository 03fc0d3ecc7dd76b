// Where a class report goes.
#pragma once

#include <string>
#include <vector>

#include "eagain/grade/class_report.h"
#include "eagain/report/output_file.h"

namespace eagain::cli {

struct ClassRequest {
  std::string (*render)(const grade::ClassReport&);
  report::OutputFile file;
};

std::string ClassFormatNames();  // "json, csv, html"

// FORMAT=FILE. Throws runner::BadUsage for what cannot be.
std::vector<ClassRequest> ParseClassReports(const std::vector<std::string>& texts);

// Shows the report to the user and writes all that were asked for. Returns the exit status: 3 when
// something is missing or cannot be written.
int HandOver(const grade::ClassReport& report, const std::vector<ClassRequest>& requests);

}  // namespace eagain::cli
