// Which checks are to run: --only, --skip and --shard against a catalogue.
//
// A pattern is an id ("echo/large"), a family ("echo"), or a glob over ids as in glob(7), in which
// a star also matches a slash ("fault/*", "*/descriptor*").
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/check.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::runner {

// The I-th of N parts, from 1 on.
struct Shard {
  int index = 1;
  int count = 1;
};

// "2/5". Throws BadUsage for anything that is not I/N with 1 <= I <= N.
Shard ParseShard(std::string_view text);

struct Choice {
  std::vector<std::string> only;  // empty: all
  std::vector<std::string> skip;
  Shard shard;
  std::vector<const checks::Check*> among = {};  // empty: the whole catalogue
};

using CheckList = std::vector<const checks::Check*>;

bool Matches(std::string_view pattern, std::string_view id);

// The checks that the pattern names, in the catalogue's order. Throws BadUsage when there is none:
// for a word that is no id, with the ids nearest to it; for what is about the other role, with that.
CheckList Named(std::span<const checks::Check> catalogue, const std::string& pattern);

// The checks chosen, in the catalogue's order. Throws BadUsage for a pattern that names nothing,
// and when nothing is left.
CheckList Choose(std::span<const checks::Check> catalogue, const Choice& choice);

}  // namespace eagain::runner
