#include "eagain/checks/check.h"

#include <cassert>

namespace eagain::checks {

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kMust:
      return "must";
    case Level::kShould:
      return "should";
  }
  assert(false && "a level without a name");
  return "";
}

std::string_view RoleName(Role role) { return role == Role::kClient ? "client" : "server"; }

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kSkip:
      return "skip";
    case Verdict::kError:
      return "error";
    case Verdict::kTimeout:
      return "timeout";
  }
  assert(false && "a verdict without a name");
  return "";
}

}  // namespace eagain::checks
