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
};

std::span<const Format> Formats();
// nullptr when there is none of that name.
const Format* FindFormat(std::string_view name);

std::string RenderJson(const Report& report);

}  // namespace eagain::report
