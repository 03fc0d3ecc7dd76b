// The native form of a report, eagain/report/v1: report.schema.json describes it. It is UTF-8
// whatever a server wrote. Readers must take no offence at keys that they do not know.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "eagain/report/report.h"

namespace eagain::report {

inline constexpr std::string_view kJsonSchema = "eagain/report/v1";

// Why a text is no report, in one line.
class NotAReport : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What RenderJson() (formats.h) wrote. Its summary is not read but made again from the checks.
// Throws NotAReport.
Report ParseJson(std::string_view text);

}  // namespace eagain::report
