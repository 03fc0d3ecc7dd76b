#include "eagain/report/formats.h"

#include <algorithm>
#include <array>

namespace eagain::report {
namespace {

constexpr std::array kFormats = {
    Format{"json", "all that is known; the form that `eagain merge` reads", RenderJson},
};

}  // namespace

std::span<const Format> Formats() { return kFormats; }

const Format* FindFormat(std::string_view name) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const Format& format) { return format.name == name; });
  return found == kFormats.end() ? nullptr : &*found;
}

}  // namespace eagain::report
