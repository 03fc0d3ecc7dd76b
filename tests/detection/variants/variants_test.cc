#include "variants.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "detect.h"
#include "eagain/fault/sim/sweep.h"

namespace eagain::detection {
namespace {

std::string Identifier(std::string_view text) {
  std::string name(text);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
std::string NameOfForm(const testing::TestParamInfo<Form>& form) {
  return Identifier(NameOf(form.param));
}
std::string NameOfVariant(const testing::TestParamInfo<Variant>& variant) {
  return Identifier(variant.param.name);
}

class CorrectFormTest : public testing::TestWithParam<Form> {};

TEST_P(CorrectFormTest, SurvivesTheSweep) {
  sim::SweepOptions options;
  options.expectations = ExpectationsOfAll();
  options.level = fault::Level::kShould;
  const sim::SweepReport report = Sweep(MakeServer(GetParam(), Defect::kNone), options);
  EXPECT_TRUE(report.passed()) << report.text();
}

INSTANTIATE_TEST_SUITE_P(Forms, CorrectFormTest, testing::ValuesIn(kForms), NameOfForm);

class VariantTest : public testing::TestWithParam<Variant> {};

TEST_P(VariantTest, IsFoundByTheRuleThatItBreaks) {
  const Variant& variant = GetParam();
  const std::optional<Detection> found = Detect(MakeServer(variant.form, variant.defect));
  ASSERT_TRUE(found) << "not found: " << variant.what;
  EXPECT_TRUE(AsExpected(variant, found)) << variant.what << '\n' << found->report;
  RecordProperty("found_by", found->by);
  RecordProperty("fault", found->plan);
  RecordProperty("rule", found->violation.rule);
  RecordProperty("runs", static_cast<int>(found->runs));
}

INSTANTIATE_TEST_SUITE_P(Variants, VariantTest, testing::ValuesIn(Variants()), NameOfVariant);

}  // namespace
}  // namespace eagain::detection
