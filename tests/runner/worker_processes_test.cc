#include "eagain/runner/worker_processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "eagain/runner/worker_main.h"

// This program is its own worker: what a job does is told by its id, and where by its arguments.
namespace eagain::runner {
namespace {

using checks::Outcome;
using checks::Verdict;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

constexpr char kVerb[] = "run-check";
constexpr uint16_t kPort = 7;

// ---- what workers do

// A process that nobody waits for, in a session of its own, deaf to what can be ignored; it holds
// the writing end of the FIFO for as long as it lives, and says so with one byte. Returns when it
// does.
void LeaveOrphan(const std::string& fifo) {
  std::array<int, 2> ready;
  static_cast<void>(pipe2(ready.data(), O_CLOEXEC));
  if (fork() != 0) {
    char byte = 0;
    static_cast<void>(!read(ready[0], &byte, 1));
    return;
  }
  setsid();
  if (fork() != 0) {
    _exit(0);
  }
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  const int held = open(fifo.c_str(), O_WRONLY | O_CLOEXEC);
  static_cast<void>(!write(held, "!", 1));
  static_cast<void>(!write(ready[1], "!", 1));
  for (;;) {
    pause();
  }
}

std::string LineOf(const char* file, const std::string& key) {
  std::ifstream status(file);
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) {
      return line;
    }
  }
  return "no " + key;
}

// Listens on a port that is the same for all, and answers whether that was possible.
std::string ListenOn(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const bool listens = bound && listen(fd, 1) == 0;
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool reached =
      listens && connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(client);
  close(fd);
  return reached ? "reached" : fmt::format("not reached: {}", strerror(errno));
}

Outcome Passed(const Job& job, std::string actual = {}) {
  Outcome outcome;
  outcome.id = job.id;
  outcome.verdict = Verdict::kPass;
  outcome.actual = std::move(actual);
  return outcome;
}

using Work = Outcome (*)(const Job&);
const std::map<std::string, Work> kWork = {
    {"pass", [](const Job& job) { return Passed(job); }},
    {"crash",
     [](const Job&) -> Outcome {
       fputs("assertion failed: on purpose\n", stderr);
       abort();
     }},
    {"throw", [](const Job&) -> Outcome { throw std::runtime_error("no descriptors left"); }},
    {"hang",
     [](const Job&) -> Outcome {
       for (;;) {
         pause();
       }
     }},
    {"exit",
     [](const Job&) -> Outcome {
       static_cast<void>(!write(3, "garbage", 7));
       fputs("left early\n", stdout);
       exit(9);
     }},
    {"huge", [](const Job& job) { return Passed(job, std::string(8 << 20, '\xff')); }},
    {"orphan",
     [](const Job& job) {
       LeaveOrphan(job.command.argv.at(0));
       return Passed(job);
     }},
    {"orphan-and-hang",
     [](const Job& job) -> Outcome {
       LeaveOrphan(job.command.argv.at(0));
       for (;;) {
         pause();
       }
     }},
    {"pid", [](const Job& job) { return Passed(job, fmt::format("{}", getpid())); }},
    {"port", [](const Job& job) { return Passed(job, ListenOn(kPort)); }},
    {"ids", [](const Job& job) { return Passed(job, fmt::format("{} {}", getuid(), getgid())); }},
    {"proc", [](const Job& job) { return Passed(job, LineOf("/proc/self/status", "Pid:")); }},
    {"signals",
     [](const Job& job) {
       return Passed(job, LineOf("/proc/self/status", "SigBlk:") + " " +
                              LineOf("/proc/self/status", "SigIgn:"));
     }},
    {"descriptors",
     [](const Job& job) {
       rlimit limit{};
       getrlimit(RLIMIT_NOFILE, &limit);
       return Passed(job, limit.rlim_cur == limit.rlim_max ? "raised" : "not raised");
     }},
    {"inherited",
     [](const Job& job) {
       // What a program sees that this one executes.
       FILE* list = popen("readlink /proc/self/fd/0; ls /proc/self/fd | wc -l", "re");
       std::string text;
       for (int byte; (byte = fgetc(list)) != EOF;) {
         text += static_cast<char>(byte);
       }
       pclose(list);
       return Passed(job, text);
     }},
};

}  // namespace

Outcome CarryOut(const Job& job) { return kWork.at(job.id)(job); }

namespace {

// ---- what is asked of them

// A FIFO whose reader learns that somebody holds the other end, and when nobody does any more.
class Fifo {
 public:
  Fifo() {
    std::string pattern = testing::TempDir() + "/eagain-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    chmod(directory_.c_str(), 0755);
    mkfifo(path().c_str(), 0666);
    chmod(path().c_str(), 0666);
  }
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;
  ~Fifo() {
    unlink(path().c_str());
    rmdir(directory_.c_str());
  }
  std::string path() const { return directory_ + "/fifo"; }

  // Both block; the test's own timeout bounds them.
  void wait_until_held() {
    fd_ = open(path().c_str(), O_RDONLY | O_CLOEXEC);
    char byte = 0;
    ASSERT_EQ(read(fd_, &byte, 1), 1);
  }
  void wait_until_released() {
    char byte = 0;
    EXPECT_EQ(read(fd_, &byte, 1), 0);
    close(fd_);
  }

 private:
  std::string directory_;
  int fd_ = -1;
};

Job JobOf(std::string id, std::string argument = {}) {
  Job job;
  job.id = std::move(id);
  job.command.argv = {std::move(argument)};
  return job;
}

Workers::Happening Next(Workers& workers) {
  Workers::Happening happening;
  while (happening.what == Workers::What::kTick) {
    happening = workers.next(seconds(10));
  }
  return happening;
}

Outcome OutcomeOf(Workers& workers, const Job& job) {
  workers.start(1, job);
  return Next(workers).outcome;
}

bool Allowed(Isolation isolation) {
  const Isolation found = FindIsolation(IsolationWish::kAuto).isolation;
  return isolation == Isolation::kProcess || found == isolation ||
         (found == Isolation::kNamespace && isolation == Isolation::kUserNamespace);
}

class WorkerProcessesTest : public testing::TestWithParam<Isolation> {
 protected:
  void SetUp() override {
    if (!Allowed(GetParam())) {
      GTEST_SKIP() << "this machine does not allow it";
    }
  }
  WorkerProcessesOptions options() const {
    WorkerProcessesOptions options;
    options.verb = kVerb;
    options.isolation = GetParam();
    return options;
  }
  bool apart() const { return GetParam() != Isolation::kProcess; }
};

TEST_P(WorkerProcessesTest, HandsOverTheOutcome) {
  WorkerProcesses workers(options());
  const Outcome outcome = OutcomeOf(workers, JobOf("pass"));
  EXPECT_EQ(outcome.verdict, Verdict::kPass) << outcome.actual;
  EXPECT_EQ(outcome.id, "pass");
}

TEST_P(WorkerProcessesTest, HandsOverAnOutcomeOfAnySizeAndAnyBytes) {
  WorkerProcesses workers(options());
  EXPECT_EQ(OutcomeOf(workers, JobOf("huge")).actual, std::string(8 << 20, '\xff'));
}

TEST_P(WorkerProcessesTest, AWorkerThatCrashesIsAnErrorOfItsCheckOnly) {
  WorkerProcesses workers(options());
  workers.start(1, JobOf("crash"));
  workers.start(2, JobOf("pass"));
  std::map<int, Outcome> outcomes;
  for (int i = 0; i < 2; ++i) {
    Workers::Happening happening = Next(workers);
    outcomes[happening.ticket] = happening.outcome;
  }
  EXPECT_EQ(outcomes[1].verdict, Verdict::kError);
  EXPECT_THAT(outcomes[1].actual, AllOf(HasSubstr("without a verdict: killed by SIG"),
                                        HasSubstr("assertion failed: on purpose")));
  EXPECT_EQ(outcomes[2].verdict, Verdict::kPass);
}

TEST_P(WorkerProcessesTest, AWorkerThatLeavesWithoutAVerdictIsAnError) {
  WorkerProcesses workers(options());
  const Outcome outcome = OutcomeOf(workers, JobOf("exit"));
  EXPECT_EQ(outcome.verdict, Verdict::kError);
  EXPECT_EQ(outcome.id, "exit");
  EXPECT_THAT(outcome.actual, AllOf(HasSubstr("exit status 9"), HasSubstr("left early")));
}

TEST_P(WorkerProcessesTest, WhatACheckThrowsIsAnError) {
  WorkerProcesses workers(options());
  const Outcome outcome = OutcomeOf(workers, JobOf("throw"));
  EXPECT_EQ(outcome.verdict, Verdict::kError);
  EXPECT_EQ(outcome.actual, "no descriptors left");
}

TEST_P(WorkerProcessesTest, AWorkerThatTakesTooLongIsStopped) {
  WorkerProcessesOptions impatient = options();
  impatient.wall_limit = milliseconds(50);
  WorkerProcesses workers(impatient);
  const Outcome outcome = OutcomeOf(workers, JobOf("hang"));
  EXPECT_EQ(outcome.verdict, Verdict::kTimeout);
  EXPECT_EQ(outcome.id, "hang");
}

TEST_P(WorkerProcessesTest, NothingOutlivesAJobThatEnded) {
  Fifo fifo;
  WorkerProcesses workers(options());
  workers.start(1, JobOf("orphan", fifo.path()));
  fifo.wait_until_held();
  EXPECT_EQ(Next(workers).outcome.verdict, Verdict::kPass);
  fifo.wait_until_released();
}

TEST_P(WorkerProcessesTest, NothingOutlivesAJobThatIsStopped) {
  Fifo fifo;
  WorkerProcesses workers(options());
  workers.start(1, JobOf("orphan-and-hang", fifo.path()));
  fifo.wait_until_held();
  workers.stop_all();
  fifo.wait_until_released();
}

TEST_P(WorkerProcessesTest, NothingOutlivesTheProgramThatIsKilled) {
  Fifo fifo;
  const pid_t program = fork();
  if (program == 0) {
    WorkerProcesses workers(options());
    workers.start(1, JobOf("orphan-and-hang", fifo.path()));
    Next(workers);
    _exit(1);
  }
  fifo.wait_until_held();
  kill(program, SIGKILL);
  waitpid(program, nullptr, 0);
  fifo.wait_until_released();
}

TEST_P(WorkerProcessesTest, ANamespaceHasItsOwnPortsAndItsOwnProc) {
  if (!apart()) {
    GTEST_SKIP() << "only in a namespace";
  }
  WorkerProcesses workers(options());
  for (int ticket = 1; ticket <= 3; ++ticket) {
    workers.start(ticket, JobOf("port"));
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Next(workers).outcome.actual, "reached");
  }
  EXPECT_EQ(OutcomeOf(workers, JobOf("pid")).actual, "1");
  EXPECT_EQ(OutcomeOf(workers, JobOf("proc")).actual, "Pid:\t1");
}

TEST_P(WorkerProcessesTest, AWorkerHasTheIdsThatItHasOutside) {
  WorkerProcesses workers(options());
  EXPECT_EQ(OutcomeOf(workers, JobOf("ids")).actual, fmt::format("{} {}", getuid(), getgid()));
}

// An ignored SIGPIPE would hide the defect that fault/send-epipe is about.
TEST_P(WorkerProcessesTest, NoSignalIsBlockedOrIgnoredInAWorker) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  WorkerProcesses workers(options());
  const std::string seen = OutcomeOf(workers, JobOf("signals")).actual;
  signal(SIGPIPE, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  EXPECT_EQ(seen, "SigBlk:\t0000000000000000 SigIgn:\t0000000000000000");
}

TEST_P(WorkerProcessesTest, RaisesItsOwnDescriptorLimit) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit lower = before;
  lower.rlim_cur = std::min<rlim_t>(before.rlim_max, 256);
  setrlimit(RLIMIT_NOFILE, &lower);
  WorkerProcesses workers(options());
  EXPECT_EQ(OutcomeOf(workers, JobOf("descriptors")).actual, "raised");
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_P(WorkerProcessesTest, AServerInheritsNoDescriptorOfTheHarness) {
  const int leaked = dup(STDOUT_FILENO);  // without O_CLOEXEC, as another program's might be
  WorkerProcesses workers(options());
  // 0, 1, 2, and the one that ls itself reads the folder with.
  EXPECT_EQ(OutcomeOf(workers, JobOf("inherited")).actual, "/dev/null\n4\n");
  close(leaked);
}

TEST_P(WorkerProcessesTest, TellsOfAnInterruption) {
  WorkerProcesses workers(options());
  workers.start(1, JobOf("hang"));
  kill(getpid(), SIGTERM);
  EXPECT_EQ(Next(workers).what, Workers::What::kInterrupted);
  workers.stop_all();
  EXPECT_EQ(workers.next(milliseconds(0)).what, Workers::What::kTick);
}

TEST_P(WorkerProcessesTest, AnOrdinaryUserCanDoTheSame) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "not root: the other tests show it";
  }
  Fifo fifo;
  const pid_t user = fork();
  if (user == 0) {
    if (setgroups(0, nullptr) != 0 || setgid(65534) != 0 || setuid(65534) != 0) {
      _exit(10);
    }
    const IsolationFound found = FindIsolation(IsolationWish::kAuto);
    if (found.isolation == Isolation::kNamespace) {
      _exit(11);
    }
    WorkerProcessesOptions as_user = options();
    as_user.isolation = GetParam() == Isolation::kProcess ? Isolation::kProcess : found.isolation;
    WorkerProcesses workers(as_user);
    if (OutcomeOf(workers, JobOf("ids")).actual != "65534 65534") {
      _exit(12);
    }
    workers.start(1, JobOf("orphan-and-hang", fifo.path()));
    fifo.wait_until_held();
    workers.stop_all();
    fifo.wait_until_released();
    _exit(0);
  }
  int status = 0;
  waitpid(user, &status, 0);
  EXPECT_EQ(status, 0) << "exit status " << WEXITSTATUS(status);
}

INSTANTIATE_TEST_SUITE_P(All, WorkerProcessesTest,
                         testing::Values(Isolation::kNamespace, Isolation::kUserNamespace,
                                         Isolation::kProcess),
                         [](const auto& parameter) {
                           switch (parameter.param) {
                             case Isolation::kNamespace:
                               return "Namespace";
                             case Isolation::kUserNamespace:
                               return "UserNamespace";
                             default:
                               return "Process";
                           }
                         });

TEST(IsolationTest, SaysWhyNamespacesAreNotAllowed) {
  const pid_t confined = fork();
  if (confined == 0) {
    // No process may be made in new namespaces once none is left to make.
    rlimit none{};
    setrlimit(RLIMIT_NPROC, &none);
    static_cast<void>(setgid(65534));
    static_cast<void>(setuid(65534));
    const IsolationFound found = FindIsolation(IsolationWish::kNamespace);
    _exit(found.isolation == Isolation::kProcess && found.obstacle &&
                  found.obstacle->find("clone: ") == 0
              ? 0
              : 1);
  }
  int status = 0;
  waitpid(confined, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(IsolationTest, ProcessIsTakenWhenWishedFor) {
  const IsolationFound found = FindIsolation(IsolationWish::kProcess);
  EXPECT_EQ(found.isolation, Isolation::kProcess);
  EXPECT_FALSE(found.obstacle);
}

}  // namespace
}  // namespace eagain::runner

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == eagain::runner::kVerb) {
    eagain::runner::WorkerMain(eagain::runner::CarryOut);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
