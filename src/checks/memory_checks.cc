// What sanitizers and valgrind say of the server. These checks make no clients of their own: they are
// judged by what the tool printed while other checks ran a second time, on a build that is watched
// (runner/memory_pass.h). Without such a build there is nothing to judge.
#include "eagain/checks/check.h"
#include "eagain/checks/context.h"

namespace eagain::checks {
namespace {

awaitable<void> NobodyWatches(Context&) {
  throw Skip(std::string(kNobodyWatchesMemory));
  co_return;
}

constexpr Check kMemoryChecks[] = {
    {.id = "memory/address",
     .level = Level::kMust,
     .requirement =
         "no access out of bounds or after free, and no undefined behaviour, is reported "
         "while clients are served",
     .why = "What one byte past a buffer does is up to what lies there: nothing today, a crash or "
            "somebody else's data tomorrow.",
     .source = "-fsanitize=address,undefined (GCC, Clang); valgrind(1), memcheck",
     .run = NobodyWatches},
    {.id = "memory/race",
     .level = Level::kMust,
     .requirement = "no data race is reported while clients are served",
     .why = "Two threads at the same data without a lock go well a thousand times, and then lose a "
            "client or crash.",
     .source = "-fsanitize=thread (GCC, Clang); C11, 5.1.2.4; pthread_mutex_lock(3)",
     .run = NobodyWatches},
    {.id = "memory/leak",
     .level = Level::kShould,
     .requirement = "nothing has leaked when the server is stopped and no client is connected",
     .why = "What nobody can free any more stays until the server ends: mostly so much for each "
            "client.",
     .source = "-fsanitize=address (LeakSanitizer); valgrind(1), memcheck; malloc(3)",
     .run = NobodyWatches},
};

}  // namespace

std::span<const Check> MemoryChecks() { return kMemoryChecks; }

}  // namespace eagain::checks
