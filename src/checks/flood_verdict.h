// What many requests to a server under flood say together.
#pragma once

#include <string>

namespace eagain::checks {

// After all tries: of most it is not known whether the flood went on until the answer came. On a busy
// machine that says nothing about the server, which those do of which it is known.
// `during`: answers that came while the flood went on; `starved`: those that had not come when their
// turn should have. Throws Failure if the server is wrong, HarnessError if nobody can tell.
void JudgeFlood(int during, int starved, int tries, const std::string& expected);

}  // namespace eagain::checks
