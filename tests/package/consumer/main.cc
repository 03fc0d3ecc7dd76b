// The same server on the real kernel: echo_server PORT.
#include <csignal>
#include <cstdlib>

#include "eagain/sys/kernel_sys.h"
#include "echo_server.h"

namespace {
EchoServer* running = nullptr;
}

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  eagain::KernelSys sys;
  EchoServer server(sys, static_cast<uint16_t>(std::atoi(argv[1])));
  running = &server;
  for (const int signal : {SIGTERM, SIGINT}) {
    std::signal(signal, [](int /*signal*/) { running->stop(); });
  }
  return server.run();
}
