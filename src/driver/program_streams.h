// The standard streams of a program under test, and our ends of them.
#pragma once

namespace eagain::driver {

struct ProgramStreams {
  int input = -1;     // the program's standard input; -1: /dev/null
  int output = -1;    // its standard output and error
  int keyboard = -1;  // ours: what is written here it reads
  int screen = -1;    // ours, non-blocking: what it writes is read here
};

// Of a server: nothing to read, and a pipe to write to. All descriptors here are close-on-exec.
// Throws HarnessError when none can be had.
ProgramStreams OpenServerStreams();

// Of a client, which talks to somebody: a pipe to read from, so that a line may have any length and
// the input an end; and a pseudo-terminal to write to, so that the libraries which buffer what goes
// into a pipe show each line at once. The terminal changes nothing of what is written, echoes
// nothing, and controls nobody. A pipe stands in its place on a machine that has no terminals.
ProgramStreams OpenClientStreams();

// Once the program has been started, or could not be: its ends are its own.
void CloseProgramEnds(ProgramStreams& streams);

}  // namespace eagain::driver
