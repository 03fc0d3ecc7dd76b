// A program under test, run as a user runs it: its input, output, errors and exit status.
//
// Everything waits for 60 seconds at most, unless told otherwise; after that the program is killed
// and the test has failed.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eagain {

class Program {
 public:
  explicit Program(std::vector<std::string> arguments,
                   std::chrono::seconds patience = std::chrono::seconds(60))
      : deadline_(std::chrono::steady_clock::now() + patience) {
    std::array<std::array<int, 2>, 3> pipes{};
    for (auto& ends : pipes) {
      EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    }
    std::vector<char*> argv;
    for (std::string& argument : arguments) {
      argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(pipes[0][0], 0);
      ::dup2(pipes[1][1], 1);
      ::dup2(pipes[2][1], 2);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(pipes[0][0]);
    ::close(pipes[1][1]);
    ::close(pipes[2][1]);
    input_ = pipes[0][1];
    outputs_ = {{{.fd = pipes[1][0], .text = {}}, {.fd = pipes[2][0], .text = {}}}};
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    end_input();
    for (Output& output : outputs_) {
      close_output(output);
    }
  }

  // Small enough for a pipe: nobody reads meanwhile.
  void type(std::string_view text) {
    EXPECT_EQ(::write(input_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void end_input() {
    if (input_ >= 0) {
      ::close(std::exchange(input_, -1));
    }
  }
  pid_t pid() const { return pid_; }
  void signal(int number) { ::kill(pid_, number); }

  // The output, or what is written to standard error, up to and without the next newline.
  std::string read_line() { return read_line_of(outputs_[0]); }
  std::string read_error_line() { return read_line_of(outputs_[1]); }

  // Waits for its end; the exit status, or minus the signal that ended it.
  int wait() {
    while (read_some()) {
    }
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  // What has been written and not been read as a line.
  const std::string& output() const { return outputs_[0].text; }
  const std::string& errors() const { return outputs_[1].text; }

 private:
  struct Output {
    int fd;
    std::string text;
  };

  std::string read_line_of(Output& output) {
    std::string& text = output.text;
    while (text.find('\n') == std::string::npos && read_some()) {
    }
    const size_t end = text.find('\n');
    std::string line = text.substr(0, end);
    text.erase(0, end == std::string::npos ? end : end + 1);
    return line;
  }

  static void close_output(Output& output) {
    if (output.fd >= 0) {
      ::close(std::exchange(output.fd, -1));
    }
  }

  // False when both outputs have ended, or the time is over.
  bool read_some() {
    std::array<pollfd, 2> watched{{{.fd = outputs_[0].fd, .events = POLLIN, .revents = 0},
                                   {.fd = outputs_[1].fd, .events = POLLIN, .revents = 0}}};
    if (watched[0].fd < 0 && watched[1].fd < 0) {
      return false;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    if (left.count() <= 0 || ::poll(watched.data(), 2, static_cast<int>(left.count())) <= 0) {
      ADD_FAILURE() << "the program takes too long";
      ::kill(pid_, SIGKILL);
      return false;
    }
    for (size_t i = 0; i < watched.size(); ++i) {
      if (watched[i].revents == 0) {
        continue;
      }
      std::array<char, 4096> bytes{};
      const ssize_t count = ::read(watched[i].fd, bytes.data(), bytes.size());
      if (count <= 0) {
        close_output(outputs_[i]);
      } else {
        outputs_[i].text.append(bytes.data(), static_cast<size_t>(count));
      }
    }
    return true;
  }

  pid_t pid_ = -1;
  int input_ = -1;
  std::array<Output, 2> outputs_{};
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace eagain
