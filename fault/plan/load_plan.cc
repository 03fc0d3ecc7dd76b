#include <fstream>

#include "eagain/fault/plan/parser.h"

namespace eagain::fault {
namespace {

constexpr size_t kLargestFile = size_t{1} << 20;

ParsedPlan Unreadable(const std::string& file, std::string reason) {
  PlanError error;
  error.file = file;
  error.line = 0;
  error.reason = std::move(reason);
  return {.plan = {}, .errors = {std::move(error)}};
}

}  // namespace

ParsedPlan LoadPlan(const std::string& argument, bool hostile, const std::string& option) {
  if (argument.find('/') == std::string::npos && !argument.ends_with(".plan")) {
    return ParsePlan(argument, {.file = option, .hostile = hostile});
  }
  std::string text(kLargestFile + 1, '\0');
  std::ifstream file(argument, std::ios::binary);
  if (!file || (file.read(text.data(), static_cast<std::streamsize>(text.size())), file.bad())) {
    return Unreadable(argument, "this plan file cannot be read");
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kLargestFile) {
    return Unreadable(argument, "this file is too large for a plan");
  }
  return ParsePlan(text, {.file = argument, .hostile = hostile});
}

}  // namespace eagain::fault
