#include "eagain/driver/program_streams.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "eagain/driver/failure.h"

namespace eagain::driver {
namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe MakePipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw HarnessError(std::string("no pipe to the program: ") + std::strerror(errno));
  }
  return {ends[0], ends[1]};
}

void SetNonBlocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

// False when there is none to be had: pts(4).
bool OpenTerminal(int& ours, int& theirs) {
  ours = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  std::array<char, 64> name{};
  if (ours >= 0 && ::grantpt(ours) == 0 && ::unlockpt(ours) == 0 &&
      ::ptsname_r(ours, name.data(), name.size()) == 0) {
    theirs = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  termios raw{};
  if (theirs >= 0 && ::tcgetattr(theirs, &raw) == 0) {
    ::cfmakeraw(&raw);
    if (::tcsetattr(theirs, TCSANOW, &raw) == 0) {
      return true;
    }
  }
  for (int* fd : {&ours, &theirs}) {
    if (*fd >= 0) {
      ::close(std::exchange(*fd, -1));
    }
  }
  return false;
}

}  // namespace

ProgramStreams OpenServerStreams() {
  const Pipe pipe = MakePipe();
  SetNonBlocking(pipe.read_end);
  ProgramStreams streams;
  streams.output = pipe.write_end;
  streams.screen = pipe.read_end;
  return streams;
}

ProgramStreams OpenClientStreams() {
  ProgramStreams streams;
  if (!OpenTerminal(streams.screen, streams.output)) {
    streams = OpenServerStreams();
  }
  SetNonBlocking(streams.screen);
  const Pipe pipe = MakePipe();
  SetNonBlocking(pipe.write_end);
  streams.input = pipe.read_end;
  streams.keyboard = pipe.write_end;
  return streams;
}

void CloseProgramEnds(ProgramStreams& streams) {
  for (int* fd : {&streams.input, &streams.output}) {
    if (*fd >= 0) {
      ::close(std::exchange(*fd, -1));
    }
  }
}

}  // namespace eagain::driver
