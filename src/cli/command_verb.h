// A verb that takes a server's command line after "--".
#pragma once

#include <CLI/CLI.hpp>

namespace eagain::cli {

// Its usage line says so, and what else is there is kept for RefuseExtras().
void TakesCommand(CLI::App& verb);

// Throws runner::BadUsage for words before "--" that are no options of the verb: without "--" nobody
// can tell the server's options from ours.
void RefuseExtras(const CLI::App& verb);

}  // namespace eagain::cli
