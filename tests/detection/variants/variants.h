// Every defective variant of server logic that the simulation has to find, and the correct forms, in which
// it must find nothing.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "defect.h"
#include "eagain/fault/sim/simulation.h"

namespace eagain::detection {

enum class Form : uint8_t { kSelect, kPoll, kEpoll, kEdge };
inline constexpr Form kForms[] = {Form::kSelect, Form::kPoll, Form::kEpoll, Form::kEdge};

std::string_view NameOf(Form form);

struct Variant {
  std::string_view name;
  Form form;
  Defect defect;
  // Which rules it breaks (simulation.h). Any of them may be the first to show.
  std::vector<std::string_view> rules;
  std::string_view what;
};

std::span<const Variant> Variants();

sim::ServerMain MakeServer(Form form, Defect defect);
// What the simulation may expect of each of them.
sim::Expectations ExpectationsOfAll();

}  // namespace eagain::detection
