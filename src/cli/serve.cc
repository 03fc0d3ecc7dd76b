#include <fmt/format.h>

#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "eagain/cli/fault_option.h"
#include "eagain/cli/stop_on_signals.h"
#include "eagain/cli/verbs.h"
#include "eagain/fault/sys/fault_sys.h"
#include "eagain/servers/registry.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/sys_error.h"

namespace eagain::cli {

namespace {

struct ServeArguments {
  std::string strategy;
  std::string log_level = "warning";
  ServerOptions options;
  FaultArguments fault;
};

Log LogToStderr(const std::string& level) {
  static const std::map<std::string, LogLevel> levels = {{"error", LogLevel::kError},
                                                         {"warning", LogLevel::kWarning},
                                                         {"info", LogLevel::kInfo},
                                                         {"debug", LogLevel::kDebug}};
  return {levels.at(level),
          [](LogLevel, std::string_view line) { fmt::print(stderr, "eagain: {}\n", line); }};
}

int RefuseStrategy(const std::string& name) {
  fmt::print(stderr, "eagain: no strategy \"{}\"; there are:", name);
  for (const Strategy& known : Strategies()) {
    fmt::print(stderr, " {}", known.name);
  }
  fmt::print(stderr, "\n");
  return kBadUsage;
}

// What the user can do about it, if that is known.
const char* Advice(int errno_value) {
  switch (errno_value) {
    case EADDRINUSE:
      return "; another program has this port: end it, or choose another with --port (0: any free "
             "one)";
    case EACCES:
      return "; choose a port above 1023 with --port, or 0 for any free one";
    case EADDRNOTAVAIL:
      return "; this machine has no such address: choose one of its own with --host";
    case ENOSYS:
    case EPERM:
      return "; this kernel or this container has io_uring switched off (see the sysctl "
             "kernel.io_uring_disabled): choose another strategy";
    default:
      return "";
  }
}

int ServeOn(Sys& sys, KernelSys& kernel, const Strategy& strategy,
            const ServeArguments& arguments) {
  try {
    // Asked from signal handlers, where a plan has no say.
    Stop stop(kernel);
    const StopOnSignals stop_on_signals(stop);
    ServerOptions options = arguments.options;
    options.log = LogToStderr(arguments.log_level);
    const std::unique_ptr<Server> server = strategy.make(sys, options);
    std::cout << "listening on " << server->address() << std::endl;
    server->run(stop);
    return kConforms;
  } catch (const SysError& error) {
    fmt::print(stderr, "eagain: {}{}\n", error.what(), Advice(error.error()));
    return kDoesNotConform;
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "eagain: {}\n", error.what());
    return kBadUsage;
  }
}

int Serve(const ServeArguments& arguments) {
  const Strategy* strategy = FindStrategy(arguments.strategy);
  if (strategy == nullptr) {
    return RefuseStrategy(arguments.strategy);
  }
  KernelSys kernel;
  if (!arguments.fault.given()) {
    return ServeOn(kernel, kernel, *strategy, arguments);
  }
  std::optional<fault::Plan> plan = ReadPlan(arguments.fault);
  if (!plan) {
    return kBadUsage;
  }
  fault::FaultSys sys(
      kernel, std::move(*plan),
      {.run = arguments.fault.run_options(), .handlers = fault::InstalledSignalHandlers});
  const int status = ServeOn(sys, kernel, *strategy, arguments);
  fmt::print(stderr, "{}", sys.run().report());
  return status;
}

}  // namespace

void AddServe(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ServeArguments>();
  CLI::App* verb = app.add_subcommand("serve", "run one of the echo servers");
  verb->footer(R"(Examples:
  eagain serve epoll --port 7000
  eagain serve poll --fault "send short 1 on client every 2")");
  verb->add_option("strategy", arguments->strategy, "its I/O strategy")->required();
  verb->add_option("--host", arguments->options.host, "address to listen on")
      ->capture_default_str();
  verb->add_option("--port", arguments->options.port, "port to listen on; 0: any free one")
      ->capture_default_str();
  verb->add_option("--loops", arguments->options.loops, "reactors: so many loops; 0: one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  verb->add_option("--log", arguments->log_level, "how much to say on stderr")
      ->check(CLI::IsMember({"error", "warning", "info", "debug"}))
      ->capture_default_str();
  AddFaultOptions(*verb, arguments->fault);
  verb->callback([arguments, &action] { action = [arguments] { return Serve(*arguments); }; });
}

}  // namespace eagain::cli
