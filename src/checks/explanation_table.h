// The explanations as they are compiled in: the build makes this table from
// explanations/FAMILY/SLUG.txt, so that the program needs no files of its own at run time.
#pragma once

#include <span>
#include <string_view>

namespace eagain::checks {

struct EmbeddedExplanation {
  std::string_view id;    // family/slug, from the file's path
  std::string_view text;  // the file, to its last newline
};

// Sorted by id.
std::span<const EmbeddedExplanation> EmbeddedExplanations();

}  // namespace eagain::checks
