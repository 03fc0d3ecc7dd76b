#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "eagain/checks/check.h"
#include "eagain/checks/explanation_table.h"

namespace eagain::checks {
namespace {

std::vector<Check> JoinFamilies() {
  std::vector<Check> all;
  for (const std::span<const Check> family :
       {EchoChecks(), ConcurrencyChecks(), FairnessChecks(), OrderingChecks(), DisconnectChecks(),
        ResourceChecks(), FaultChecks(), LifecycleChecks(), StrategyChecks(), MemoryChecks(),
        ClientChecks()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  return all;
}

// Levenshtein's distance: insertions, deletions and replacements that lead from one to the other.
size_t EditDistance(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < from.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < to.size(); ++j) {
      const size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[to.size()];
}

// How far a word is from an id; the word may leave the family out.
size_t Distance(std::string_view word, std::string_view id) {
  const std::string_view slug = id.substr(id.find('/') + 1);
  return std::min(EditDistance(word, id), EditDistance(word, slug));
}

}  // namespace

const std::vector<Check>& Catalogue() {
  static const std::vector<Check> all = JoinFamilies();
  return all;
}

// Those of clients come last.
std::span<const Check> CatalogueOf(Role role) {
  const std::span<const Check> all = Catalogue();
  const size_t servers = all.size() - ClientChecks().size();
  return role == Role::kServer ? all.first(servers) : all.subspan(servers);
}

const Check* FindCheck(std::string_view id) {
  const auto& all = Catalogue();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Check& check) { return check.id == id; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string_view> NearestCheckIds(std::string_view word) {
  std::vector<std::pair<size_t, std::string_view>> near;
  for (const Check& check : Catalogue()) {
    const size_t distance = Distance(word, check.id);
    // A word that has to be rewritten for the most part was not meant to be this id.
    if (word.size() > 2 && check.id.find(word) != std::string_view::npos) {
      near.emplace_back(0, check.id);
    } else if (distance * 2 <= word.size()) {
      near.emplace_back(distance, check.id);
    }
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string_view> ids;
  for (size_t i = 0; i < near.size() && i < 3; ++i) {
    ids.push_back(near[i].second);
  }
  return ids;
}

std::string_view Explanation(std::string_view id) {
  for (const EmbeddedExplanation& explanation : EmbeddedExplanations()) {
    if (explanation.id == id) {
      return explanation.text;
    }
  }
  return {};
}

}  // namespace eagain::checks
