#include "eagain/runner/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>

namespace eagain::runner {
namespace {

bool IsGlob(std::string_view pattern) {
  return pattern.find_first_of("*?[") != std::string_view::npos;
}

bool ParseInt(std::string_view text, int& number) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end;
}

std::string NoSuchCheck(const std::string& word) {
  const std::vector<std::string_view> nearest = checks::NearestCheckIds(word);
  if (nearest.empty()) {
    return fmt::format("there is no check '{}'; `eagain list` shows all", word);
  }
  return fmt::format("there is no check '{}'; did you mean {}?", word, fmt::join(nearest, " or "));
}

// Of a pattern that names nothing in the catalogue at hand: what it names in the whole one.
const checks::Check* NamedElsewhere(const std::string& pattern) {
  const auto& all = checks::Catalogue();
  const auto found = std::find_if(all.begin(), all.end(), [&](const checks::Check& check) {
    return Matches(pattern, check.id);
  });
  return found == all.end() ? nullptr : &*found;
}

bool IsAmong(const std::vector<const checks::Check*>& among, const checks::Check& check) {
  return among.empty() || std::find(among.begin(), among.end(), &check) != among.end();
}

bool AnyMatches(const std::vector<std::string>& patterns, std::string_view id) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return Matches(pattern, id); });
}

}  // namespace

Shard ParseShard(std::string_view text) {
  Shard shard;
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || !ParseInt(text.substr(0, slash), shard.index) ||
      !ParseInt(text.substr(slash + 1), shard.count) || shard.index < 1 ||
      shard.index > shard.count) {
    throw BadUsage(
        fmt::format("--shard '{}': want I/N, the I-th of N parts, such as 1/4 ... 4/4", text));
  }
  return shard;
}

bool Matches(std::string_view pattern, std::string_view id) {
  if (!IsGlob(pattern)) {
    return pattern == id || pattern == id.substr(0, id.find('/'));
  }
  return fnmatch(std::string(pattern).c_str(), std::string(id).c_str(), 0) == 0;
}

CheckList Named(std::span<const checks::Check> catalogue, const std::string& pattern) {
  CheckList named;
  for (const checks::Check& check : catalogue) {
    if (Matches(pattern, check.id)) {
      named.push_back(&check);
    }
  }
  if (named.empty()) {
    if (const checks::Check* other = NamedElsewhere(pattern)) {
      throw BadUsage(fmt::format("'{0}' is about a {1}: it goes with --role {1}", pattern,
                                 checks::RoleName(other->role)));
    }
    throw BadUsage(IsGlob(pattern) ? fmt::format("no check matches '{}'", pattern)
                                   : NoSuchCheck(pattern));
  }
  return named;
}

CheckList Choose(std::span<const checks::Check> catalogue, const Choice& choice) {
  for (const std::vector<std::string>* patterns : {&choice.only, &choice.skip}) {
    for (const std::string& pattern : *patterns) {
      static_cast<void>(Named(catalogue, pattern));
    }
  }
  CheckList chosen;
  for (const checks::Check& check : catalogue) {
    if (IsAmong(choice.among, check) &&
        (choice.only.empty() || AnyMatches(choice.only, check.id)) &&
        !AnyMatches(choice.skip, check.id)) {
      chosen.push_back(&check);
    }
  }
  if (chosen.empty()) {
    throw BadUsage(choice.among.empty()
                       ? "no check is left: --skip leaves out all that would run"
                       : "no check is left: --only and --skip leave out all that the rubric names");
  }
  CheckList part;
  for (size_t at = static_cast<size_t>(choice.shard.index - 1); at < chosen.size();
       at += static_cast<size_t>(choice.shard.count)) {
    part.push_back(chosen[at]);
  }
  if (part.empty()) {
    throw BadUsage(fmt::format("shard {}/{} is empty: only {} checks are chosen",
                               choice.shard.index, choice.shard.count, chosen.size()));
  }
  return part;
}

}  // namespace eagain::runner
