#include "eagain/grade/rubric.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace eagain::grade {
namespace {

bool Contains(const runner::CheckList& list, const checks::Check& check) {
  return std::find(list.begin(), list.end(), &check) != list.end();
}

}  // namespace

runner::CheckList Rubric::checks() const {
  runner::CheckList all;
  for (const checks::Check& check : checks::CatalogueOf(role)) {
    if (std::any_of(items.begin(), items.end(), [&](const Item& item) {
          return Contains(item.counting, check) || Contains(item.advice, check);
        })) {
      all.push_back(&check);
    }
  }
  return all;
}

runner::Counting Rubric::counting() const {
  runner::Counting counting{.level = level, .also = {}};
  for (const Item& item : items) {
    counting.also.insert(counting.also.end(), item.counting.begin(), item.counting.end());
  }
  return counting;
}

std::vector<runner::Gate> Rubric::gates() const {
  const auto standard = runner::StandardGates();
  std::vector<runner::Gate> gates(standard.begin(), standard.end());
  for (const Item& item : items) {
    for (const std::string& id : item.requires_passed) {
      const auto guarded = [item](const checks::Check& check) {
        return Contains(item.counting, check) || Contains(item.advice, check);
      };
      gates.push_back({.id = id, .finding = "it has to pass first", .guards = guarded});
    }
  }
  return gates;
}

Rubric ReadRubric(const std::string& path, const RubricContext& context) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file || file.bad()) {
    throw runner::BadUsage(
        fmt::format("cannot read the rubric {}: {}", path, std::strerror(errno)));
  }
  return ParseRubric(text, path, context);
}

}  // namespace eagain::grade
