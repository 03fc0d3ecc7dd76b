#include <exception>
#include <iostream>

#include "eagain/cli/verbs.h"

#ifndef EAGAIN_VERSION
#error "EAGAIN_VERSION comes from the project() line of the top CMakeLists.txt"
#endif

int main(int argc, char** argv) {
  using namespace eagain::cli;
  CLI::App app{"eagain: conformance and fault-injection suite for TCP servers", "eagain"};
  app.set_version_flag("--version", "eagain " EAGAIN_VERSION);
  app.require_subcommand(1);
  Action action;
  AddServe(app, action);
  AddClient(app, action);
  AddTrigger(app, action);
  try {
    app.parse(argc, argv);
    return action();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kConforms : kBadUsage;
  } catch (const std::exception& error) {
    std::cerr << "eagain: " << error.what() << '\n';
    return kHarnessFailed;
  }
}
