// EchoClient: the interactive client of an echo server. What is typed is sent a line at a time, and
// a line's whole echo is shown before the next line is looked at.
//
// A reply has no end mark and arrives in any number of pieces, so bytes are counted: as many are
// awaited as were sent, the newline included. What is received goes out unchanged, be it text or
// not, as it comes. Sending and receiving go on at the same time: a line larger than all the
// buffers between here and the server and back would otherwise stop both sides for good.
//
// The line `exit` and the end of the input leave. An empty line is not sent, and nothing is awaited
// for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eagain/sys/sys.h"

namespace eagain {

class EchoClient {
 public:
  // The descriptors are borrowed: a socket connected to the server, where lines are read from, and
  // where echoes are written to. `prompt` is written before each line that has to be typed first;
  // empty for none.
  EchoClient(Sys& sys, int server, int input, int output, std::string_view prompt = "");

  struct Ending {
    enum class Why {
      kExit,        // the user left
      kServerLeft,  // the server closed the connection, or it broke
    };
    Why why;
    int error = 0;       // the errno of a broken connection, 0 for an orderly end
    size_t awaited = 0;  // how many bytes of the last line's echo had not come
  };

  // Runs until one side leaves. Throws SysError when the output cannot be written.
  Ending run();

 private:
  // What a look at the lines typed so far says.
  enum class Next { kSend, kNeedInput, kLeave };

  Next take_line();
  void read_input();
  // True when the server has left; ending_ says how.
  bool exchange(short server_events);
  bool receive();
  bool send();
  bool broken(int errno_value);
  void show(std::string_view bytes);

  Sys& sys_;
  const int server_;
  const int input_;
  const int output_;
  const std::string_view prompt_;
  std::vector<char> buffer_;
  std::string typed_;    // read and not yet taken as a line
  size_t searched_ = 0;  // so far there is no newline in it
  bool input_ended_ = false;
  std::string line_;    // the one under way,
  size_t sent_ = 0;     // so much of it sent,
  size_t awaited_ = 0;  // so much of its echo still to come
  Ending ending_{.why = Ending::Why::kExit};
};

}  // namespace eagain
