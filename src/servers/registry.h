// The strategies by name: what each is, what it cannot do by design, and how one is made.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "eagain/servers/server.h"

namespace eagain {

// Something that a strategy cannot do by design. It is proved like everything else: a check that is
// named here and passes all the same is a failure of the declaration.
struct DeclaredLimit {
  enum class Effect {
    kExcuses,  // the check cannot be met: its failure is no fault of the server
    kNarrows,  // the check asks less of this strategy, and its failure counts
  };
  std::string_view checks;  // a check's id, or a glob over ids: "fairness/*"
  std::string_view reason;
  Effect effect = Effect::kExcuses;
};

struct Strategy {
  std::string_view name;     // as on the command line
  std::string_view summary;  // one sentence
  std::span<const DeclaredLimit> limits;
  // Makes a server that listens already; see server.h for what it throws. `sys` outlives it.
  std::unique_ptr<Server> (*make)(Sys& sys, const ServerOptions& options);
};

// All of them, from the simplest on.
std::span<const Strategy> Strategies();

// The one of that name, or nullptr.
const Strategy* FindStrategy(std::string_view name);

}  // namespace eagain
