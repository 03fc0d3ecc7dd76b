// Prints how each defective variant is found: detection_table [VARIANT]. With a variant: the run, call by call.
#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "detect.h"

namespace eagain::detection {
namespace {

int Print(std::string_view only) {
  int missed = 0;
  fmt::print("{:<27}{:<9}{:<10}{:>6}  {:<40}{}\n", "variant", "form", "rule", "runs", "found by",
             "fault");
  for (const Variant& variant : Variants()) {
    if (!only.empty() && variant.name != only) {
      continue;
    }
    const std::optional<Detection> found = Detect(MakeServer(variant.form, variant.defect));
    missed += !AsExpected(variant, found);
    const bool right = AsExpected(variant, found);
    fmt::print("{:<27}{:<9}{:<10}{:>6}  {:<40}{}\n", variant.name, NameOf(variant.form),
               !found ? "NOT FOUND" : found->violation.rule + (right ? "" : "!"),
               found ? found->runs : 0, found ? found->by : "", found ? found->plan : "");
    if (!only.empty() && found) {
      fmt::print("\n{}\n{}", variant.what, found->report);
    }
  }
  fmt::print("{} variants, {} not found as expected\n", only.empty() ? Variants().size() : 1,
             missed);
  return missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace eagain::detection

int main(int argc, char** argv) { return eagain::detection::Print(argc > 1 ? argv[1] : ""); }
