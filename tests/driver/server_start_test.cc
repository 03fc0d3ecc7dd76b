// How a server may start, and what is said when it does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "eagain/driver/failure.h"
#include "eagain/driver/proc_stats.h"
#include "eagain/driver/server_process.h"
#include "fixture.h"

namespace eagain::driver {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// A tenth of the usual patience: these servers do nothing, and nothing else is waited for.
constexpr PatienceLimits kShort{.scale = 0.1};

class ServerStartTest : public DriverTest {
 protected:
  ServerStartTest() : DriverTest(kShort) {}

  std::string start_failure(ServerCommand command) {
    return failure_of([&]() -> asio::awaitable<void> {
      launch(command);
      co_await server().wait_until_listening(patience_);
    });
  }
  std::string start_failure(std::string_view lines) { return start_failure(python(lines)); }
};

// A file that goes away with the test.
class ScriptFile {
 public:
  ScriptFile(std::string_view text, mode_t mode) {
    const int fd = ::mkstemp(name_);
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::fchmod(fd, mode);
    ::close(fd);
  }
  ~ScriptFile() { ::unlink(name_); }
  std::string name() const { return name_; }

 private:
  char name_[32] = "/tmp/eagain_start_XXXXXX";
};

TEST_F(ServerStartTest, AProgramThatIsNotThereIsNamedAndLocalOnesAreExplained) {
  EXPECT_THAT(start_failure(ServerCommand{{"no_such_server", "{port}"}, {}, {}, {}}),
              AllOf(HasSubstr("no_such_server cannot be started"), HasSubstr("./no_such_server")));
  EXPECT_THAT(start_failure(ServerCommand{{"./no/such/file"}, {}, {}, {}}),
              HasSubstr("there is no such file"));
}

TEST_F(ServerStartTest, AFileThatIsNotExecutableIsSaid) {
  const ScriptFile file("#!/bin/sh\n", 0644);
  EXPECT_THAT(start_failure(ServerCommand{{file.name()}, {}, {}, {}}),
              HasSubstr("chmod +x " + file.name()));
}

TEST_F(ServerStartTest, AScriptWithoutInterpreterIsSaid) {
  const ScriptFile file("echo hello\n", 0755);
  EXPECT_THAT(start_failure(ServerCommand{{file.name()}, {}, {}, {}}), HasSubstr("#! line"));
}

TEST_F(ServerStartTest, AServerThatEndsIsToldWithItsStatusAndItsLastWords) {
  EXPECT_THAT(
      start_failure("import sys; print('cannot bind', flush=True); sys.exit(3)"),
      AllOf(HasSubstr("ended before it listened (exit status 3)"), HasSubstr("cannot bind\\n")));
}

TEST_F(ServerStartTest, AServerThatCrashesIsToldWithItsSignal) {
  EXPECT_THAT(start_failure("import os; os.kill(os.getpid(), 11)"),
              HasSubstr("killed by SIGSEGV (signal 11)"));
}

TEST_F(ServerStartTest, AServerOnAnotherPortIsToldWhichAndWhatToDo) {
  const uint16_t elsewhere = FindFreePort();
  EXPECT_THAT(start_failure("import socket, time\ns = socket.create_server(('127.0.0.1', " +
                            std::to_string(elsewhere) + "))\ntime.sleep(60)"),
              AllOf(HasSubstr("listens on port " + std::to_string(elsewhere) + " instead"),
                    HasSubstr("{port}"), HasSubstr("PORT"),
                    HasSubstr("--port " + std::to_string(elsewhere))));
}

TEST_F(ServerStartTest, AServerWithoutHtonsIsToldSo) {
  EXPECT_THAT(
      start_failure("import socket, sys, time\nport = int(sys.argv[1])\n"
                    "s = socket.create_server(('127.7.7.7', port % 256 * 256 + port // 256))\n"
                    "time.sleep(60)"),
      HasSubstr("with its two bytes swapped: htons() is missing"));
}

TEST_F(ServerStartTest, AServerThatOnlySleepsIsToldInWhat) {
  EXPECT_THAT(start_failure("import time; time.sleep(60)"),
              AllOf(HasSubstr("never listened"), HasSubstr("nanosleep")));
}

TEST_F(ServerStartTest, ASlowStartIsNoFailure) {
  start(R"(
import socket, sys, time
time.sleep(0.3)  # twice the patience of an answer
s = socket.create_server(('127.0.0.1', int(sys.argv[1])))
time.sleep(60))");
  EXPECT_EQ(server().address(), "127.0.0.1");
}

TEST_F(ServerStartTest, ThePortIsPutIntoEveryArgumentAndTheEnvironment) {
  launch({{"/bin/sh", "-c", "echo $0 $1 $PORT $COLOR", "--at=127.0.0.1:{port}", "{port}/{port}"},
          {},
          {"COLOR=green"},
          {}});
  const std::string port = std::to_string(server().port());
  EXPECT_EQ(output_at_end(),
            "--at=127.0.0.1:" + port + " " + port + "/" + port + " " + port + " green\n");
}

TEST_F(ServerStartTest, ABuiltInPortIsOnlyWaitedFor) {
  const uint16_t built_in = FindFreePort();
  ServerCommand command = python("import socket, time\ns = socket.create_server(('127.0.0.1', " +
                                 std::to_string(built_in) + "))\ntime.sleep(60)");
  command.fixed_port = built_in;
  start(command);
  EXPECT_EQ(server().port(), built_in);
}

struct Place {
  const char* name;
  const char* make;  // the Python expression that makes the listener on port p
  const char* address;
};

void PrintTo(const Place& place, std::ostream* out) { *out << place.name; }

class ServerAddressTest : public ServerStartTest, public testing::WithParamInterface<Place> {};

TEST_P(ServerAddressTest, IsWhereAClientReachesIt) {
  start("import socket, sys, time\np = int(sys.argv[1])\ns = " + std::string(GetParam().make) +
        "\ntime.sleep(60)");
  EXPECT_EQ(server().address(), GetParam().address);
}

INSTANTIATE_TEST_SUITE_P(
    Places, ServerAddressTest,
    testing::Values(
        Place{"Loopback", "socket.create_server(('127.0.0.1', p))", "127.0.0.1"},
        Place{"Any", "socket.create_server(('0.0.0.0', p))", "127.0.0.1"},
        Place{"OtherLoopback", "socket.create_server(('127.0.0.2', p))", "127.0.0.2"},
        Place{"BothFamilies",
              "socket.create_server(('::', p), family=socket.AF_INET6, dualstack_ipv6=True)",
              "127.0.0.1"},
        Place{"Ipv6Only", "socket.create_server(('::', p), family=socket.AF_INET6)", "::1"},
        Place{"Ipv6Loopback", "socket.create_server(('::1', p), family=socket.AF_INET6)", "::1"}),
    [](const auto& place) { return place.param.name; });

TEST_F(ServerStartTest, AServerThatGoesIntoTheBackgroundIsFoundThereAndEnded) {
  start(R"(
import os, socket, sys, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
s = socket.create_server(('127.0.0.1', int(sys.argv[1])))
time.sleep(60))");
  const pid_t root = server().pid();
  const auto tree = ProcessTree(root);
  ASSERT_FALSE(tree.empty());
  stop();
  for (const pid_t pid : tree) {
    EXPECT_NE(::access(("/proc/" + std::to_string(pid)).c_str(), F_OK), 0) << pid;
  }
}

TEST_F(ServerStartTest, FreePortsAreFreeAndOutsideTheClientsRange) {
  unsigned first = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first;
  for (int i = 0; i < 20; ++i) {
    const uint16_t port = FindFreePort();
    EXPECT_GE(port, 1024);
    if (first > 3000) {
      EXPECT_LT(port, first);
    }
  }
}

}  // namespace
}  // namespace eagain::driver
