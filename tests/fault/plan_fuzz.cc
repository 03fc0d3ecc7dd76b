// What must hold of any bytes at all that somebody calls a plan. libFuzzer's entry point; the kept inputs
// are replayed by plan_corpus_test.cc too, where there is no libFuzzer.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "eagain/fault/plan/parser.h"
#include "eagain/fault/plan/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace eagain::fault;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ParsedPlan parsed = ParsePlan(text, {.hostile = true});
  for (const PlanError& error : parsed.errors) {
    assert(error.column >= 1 && error.column <= error.source.size() + 1 && error.length >= 1);
    assert(error.text().find(error.file) == 0);
  }
  // What was understood can be written and is understood again.
  const std::string canonical = PlanText(parsed.plan);
  const ParsedPlan again = ParsePlan(canonical, {.hostile = true});
  assert(again.ok() && again.plan == parsed.plan);
  assert(ParsePlan(PlanInOneLine(parsed.plan), {.hostile = true}).plan == parsed.plan);
  // Without permission, every hostile rule is refused and no other.
  assert(!parsed.ok() || ParsePlan(text).ok() == !parsed.plan.hostile());
  return 0;
}
