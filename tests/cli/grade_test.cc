// `grade` as a teacher runs it.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "eagain/support/folder_test.h"
#include "program.h"

namespace eagain {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::vector<std::string> kGoodServer = {EAGAIN_PROGRAM, "serve", "epoll", "--port", "{port}"};

class GradeTest : public FolderTest {
 protected:
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  int grade(const std::string& rubric, std::vector<std::string> options,
            const std::vector<std::string>& server) {
    options.insert(
        options.begin(),
        {"/usr/bin/env", "-C", folder_, EAGAIN_PROGRAM, "grade", "--allow-weak-sandbox", "--rubric",
         write("rubric.toml", rubric), "--report", "json=" + (folder_ / "report.json").string()});
    options.emplace_back("--");
    options.insert(options.end(), server.begin(), server.end());
    Program program(options);
    program.end_input();
    const int status = program.wait();
    output_ = program.output();
    errors_ = program.errors();
    std::ifstream file(folder_ / "report.json");
    report_ = json::parse(file, nullptr, false);
    return status;
  }

  std::string output_;
  std::string errors_;
  json report_;
};

TEST_F(GradeTest, AServerThatDoesAllGetsAllPoints) {
  EXPECT_EQ(grade("title = 'Lab'\n[[item]]\nname = 'Echo'\nchecks = 'echo/*-*'\npoints = 30\n"
                  "[[item]]\nname = 'Two'\nchecks = 'concurrency/second-client'\npoints = 12.5\n",
                  {}, kGoodServer),
            0)
      << output_ << errors_;
  EXPECT_THAT(output_, AllOf(HasSubstr("Lab\n"), HasSubstr("Echo      30 of     30"),
                             HasSubstr("Score: 42.5 of 42.5")));
  EXPECT_EQ(report_["grading"]["title"], "Lab");
  EXPECT_EQ(report_["summary"]["score"], 42.5);
}

TEST_F(GradeTest, AServerThatServesOneClientLosesThosePointsAndReachesNoMore) {
  EXPECT_EQ(grade("[[item]]\nname = 'Echo'\nchecks = 'echo/one-byte'\npoints = 30\n"
                  "[[item]]\nname = 'Two'\nchecks = 'concurrency/second-client'\npoints = 10\n"
                  "[[item]]\nname = 'Many'\nchecks = 'concurrency/many-clients'\npoints = 10\n"
                  "requires = 'concurrency/second-client'\npartial_credit = true\n",
                  {}, {EAGAIN_PROGRAM, "serve", "blocking", "--port", "{port}"}),
            1)
      << output_ << errors_;
  EXPECT_THAT(output_, HasSubstr("Score: 30 of 50"));
  EXPECT_THAT(output_, HasSubstr("not reached: it has to pass first (concurrency/second-client)"));
}

// 60 clients, and no more.
constexpr const char* kSixty = R"(
import selectors, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
clients = 0
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            client, _ = listener.accept()
            clients += 1
            if clients > 60:
                client.close()
            else:
                selector.register(client, selectors.EVENT_READ)
        else:
            data = key.fileobj.recv(4096)
            if data:
                key.fileobj.sendall(data)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
)";

TEST_F(GradeTest, WhoServesSixtyOfAHundredGetsThatPart) {
  EXPECT_EQ(grade("[[item]]\nname = 'Many'\nchecks = 'concurrency/many-clients'\npoints = 10\n"
                  "partial_credit = true\n",
                  {}, {"/usr/bin/python3", "-c", kSixty, "{port}"}),
            1)
      << output_ << errors_;
  EXPECT_EQ(report_["checks"][0]["partial"],
            json({{"done", 60}, {"of", 100}, {"what", "clients served"}}));
  EXPECT_EQ(report_["summary"]["score"], 6.0);
  Program validate({"/usr/bin/python3", "-c",
                    "import json, sys\nfrom jsonschema import validate\n"
                    "validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))",
                    EAGAIN_REPORT_SCHEMA, folder_ / "report.json"});
  EXPECT_EQ(validate.wait(), 0) << validate.errors();
}

TEST_F(GradeTest, ABadRubricIsToldWithItsPlaceAndNothingRuns) {
  EXPECT_EQ(grade("[[item]]\nname = 'a'\nchecks = 'ecko'\npoints = 1\n", {},
                  {"/usr/bin/touch", folder_ / "ran"}),
            2);
  EXPECT_THAT(errors_, AllOf(StartsWith("eagain: "), HasSubstr("rubric.toml:3:10: "),
                             HasSubstr("\n           ^~~~~~\n")));
  EXPECT_FALSE(fs::exists(folder_ / "ran"));
}

TEST_F(GradeTest, NoCheckChosenIsAnErrorAndNeverFullMarks) {
  const std::string rubric = "[[item]]\nname = 'a'\nchecks = 'echo'\npoints = 1\n";
  EXPECT_EQ(grade(rubric, {"--only", "lifecycle"}, kGoodServer), 2);
  EXPECT_THAT(errors_, HasSubstr("leave out all that the rubric names"));
  EXPECT_FALSE(fs::exists(folder_ / "report.json"));
}

TEST_F(GradeTest, AnotherStrategyThanTheRubricRequiresIsRefused) {
  EXPECT_EQ(grade("strategy = 'select'\n[[item]]\nname = 'a'\nchecks = 'echo'\npoints = 1\n",
                  {"--strategy", "poll"}, kGoodServer),
            2);
  EXPECT_THAT(errors_, HasSubstr("the rubric requires a server of strategy select"));
}

constexpr const char* kClientRubric = R"(
role = "client"
[[item]]
name = "Round trip"
checks = "client/round-trip"
points = 30
[[item]]
name = "Parts"
checks = "client/split-echo"
points = 10
[[item]]
name = "Ends"
checks = ["client/exit", "client/refused"]
points = 5
)";

TEST_F(GradeTest, AClientIsGradedByARubricOfClients) {
  EXPECT_EQ(grade(kClientRubric, {}, {EAGAIN_PROGRAM, "client", "{host}", "{port}"}), 0)
      << output_ << errors_;
  EXPECT_EQ(report_["role"], "client");
  EXPECT_EQ(report_["summary"]["score"], 45.0);
  EXPECT_THAT(output_, AllOf(HasSubstr("Score: 45 of 45"), HasSubstr("The client conforms.")));
}

// The first part of an echo is all that it reads of it.
constexpr const char* kOnePart = R"(
import socket, sys
server = socket.create_connection((sys.argv[1], int(sys.argv[2])))
for line in sys.stdin:
    if line.strip() == "exit":
        break
    if line.strip():
        server.sendall(line.encode())
        print(server.recv(65536).decode(), flush=True)
)";

TEST_F(GradeTest, AClientThatReadsOnePartOfAnEchoLosesThosePoints) {
  write("client.py", kOnePart);
  EXPECT_EQ(grade(kClientRubric, {}, {"python3", "client.py", "{host}", "{port}"}), 1)
      << output_ << errors_;
  EXPECT_EQ(report_["summary"]["score"], 35.0) << output_;
}

TEST_F(GradeTest, TheRubricSaysWhatIsGraded) {
  EXPECT_EQ(grade(kClientRubric, {"--role", "server"}, kGoodServer), 2);
  EXPECT_THAT(errors_, HasSubstr("grade has no option --role"));
  EXPECT_EQ(grade(kClientRubric, {"--strategy", "poll"}, kGoodServer), 2);
  EXPECT_THAT(errors_, HasSubstr("a server has a strategy, and this is a client"));
  EXPECT_EQ(grade(kClientRubric, {}, {"./client"}), 2);
  EXPECT_THAT(errors_, HasSubstr("the client is not told its server's port"));
}

// One client at a time; a NUL goes one byte past a buffer that is full.
constexpr const char* kOverrun = R"(
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int argc, char **argv) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[argc - 1]))};
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) return 1;
  for (;;) {
    int client = accept(listener, 0, 0);
    char *buffer = malloc(1000);
    ssize_t count;
    while ((count = recv(client, buffer, 1000, 0)) > 0) {
      buffer[count] = 0;
      if (send(client, buffer, count, MSG_NOSIGNAL) != count) break;
    }
    free(buffer);
    close(client);
  }
}
)";

class GradeMemoryTest : public GradeTest {
 protected:
  int grade_memory(const std::string& build) {
    write("server.c", kOverrun);
    return grade("[[item]]\nname = 'Memory'\nchecks = 'memory/address'\npoints = 10\n",
                 {"--only", "echo/buffer-boundaries", "--only", "memory", "--build", build,
                  "--sanitize", "address"},
                 {"./server", "{port}"});
  }
  const json& address() const { return report_.at("checks").at(0); }
};

TEST_F(GradeMemoryTest, ASecondBuildWithSanitizersIsWatched) {
  EXPECT_EQ(grade_memory("cc $CFLAGS server.c -o server $LDFLAGS"), 1) << output_ << errors_;
  EXPECT_EQ(address().at("id"), "memory/address");
  EXPECT_EQ(address().at("verdict"), "fail");
  EXPECT_THAT(address().at("actual").get<std::string>(),
              AllOf(HasSubstr("heap-buffer-overflow"), HasSubstr("server.c:")));
  EXPECT_EQ(report_["build"]["passed"], true);
  EXPECT_EQ(report_["summary"]["score"], 0.0);
}

TEST_F(GradeMemoryTest, ABuildThatTakesNoFlagsIsNotPassed) {
  EXPECT_EQ(grade_memory("cc server.c -o server"), 1) << output_ << errors_;
  EXPECT_EQ(address().at("skip_kind"), "not-reached");
  EXPECT_THAT(address().at("reason").get<std::string>(),
              HasSubstr("the build has to use the CFLAGS or CXXFLAGS, and the LDFLAGS"));
  EXPECT_EQ(report_["summary"]["max_score"], 10.0);
}

TEST_F(GradeMemoryTest, ASecondBuildThatFailsIsSaid) {
  EXPECT_EQ(grade_memory("test -z \"$CFLAGS\" && cc server.c -o server"), 1) << output_ << errors_;
  EXPECT_THAT(address().at("reason").get<std::string>(),
              HasSubstr("the build with CFLAGS, CXXFLAGS and LDFLAGS set failed"));
}

TEST_F(GradeMemoryTest, SanitizersNeedABuild) {
  EXPECT_EQ(grade("[[item]]\nname = 'a'\nchecks = 'memory'\npoints = 1\n",
                  {"--sanitize", "address"}, kGoodServer),
            2);
  EXPECT_THAT(errors_, HasSubstr("--sanitize requires --build"));
}

}  // namespace
}  // namespace eagain
