#include "eagain/client/echo_client.h"

#include <algorithm>
#include <utility>

#include "eagain/sys/sys_error.h"

namespace eagain {

namespace {

constexpr size_t kBufferBytes = 64 * 1024;

bool IsPassing(int errno_value) { return errno_value == EAGAIN || errno_value == EINTR; }

// The line without the end mark that keyboards and other systems' files give it.
std::string_view TextOf(std::string_view line) {
  for (const char end : {'\n', '\r'}) {
    if (line.ends_with(end)) {
      line.remove_suffix(1);
    }
  }
  return line;
}

}  // namespace

EchoClient::EchoClient(Sys& sys, int server, int input, int output, std::string_view prompt)
    : sys_(sys),
      server_(server),
      input_(input),
      output_(output),
      prompt_(prompt),
      buffer_(kBufferBytes) {}

EchoClient::Ending EchoClient::run() {
  bool prompted = false;
  for (;;) {
    bool need_input = false;
    if (awaited_ == 0 && sent_ == line_.size()) {
      const Next next = take_line();
      if (next == Next::kLeave) {
        return ending_;
      }
      need_input = next == Next::kNeedInput;
    }
    if (need_input && !std::exchange(prompted, true)) {
      show(prompt_);
    }
    const bool sending = sent_ < line_.size();
    pollfd watched[] = {{.fd = server_,
                         .events = static_cast<short>(POLLIN | (sending ? POLLOUT : 0)),
                         .revents = 0},
                        {.fd = need_input ? input_ : -1, .events = POLLIN, .revents = 0}};
    if (const SysResult<int> ready = sys_.poll(watched, 2, -1); !ready) {
      if (!IsPassing(ready.error())) {
        throw SysError("cannot wait for the server", ready.error());
      }
      continue;
    }
    if (exchange(watched[0].revents)) {
      return ending_;
    }
    if (watched[1].revents != 0) {
      read_input();
      prompted = false;
    }
  }
}

EchoClient::Next EchoClient::take_line() {
  for (;;) {
    const size_t newline = typed_.find('\n', searched_);
    if (newline == std::string::npos && !input_ended_) {
      searched_ = typed_.size();
      return Next::kNeedInput;
    }
    const size_t length = newline == std::string::npos ? typed_.size() : newline + 1;
    if (length == 0) {
      return Next::kLeave;
    }
    line_ = typed_.substr(0, length);
    typed_.erase(0, length);
    searched_ = 0;
    sent_ = line_.size();
    const std::string_view text = TextOf(line_);
    if (text == "exit") {
      return Next::kLeave;
    }
    if (!text.empty()) {
      sent_ = 0;
      awaited_ = line_.size();
      return Next::kSend;
    }
  }
}

void EchoClient::read_input() {
  const SysResult<size_t> got = sys_.read(input_, buffer_.data(), buffer_.size());
  if (got && *got > 0) {
    typed_.append(buffer_.data(), *got);
  } else if (!IsPassing(got.error())) {
    input_ended_ = true;  // a terminal that is gone (EIO) ends the input too
  }
}

bool EchoClient::exchange(short server_events) {
  // Receiving first: a server that has left is to be recognised by its end, not by what it makes of
  // more bytes.
  if ((server_events & ~POLLOUT) != 0 && receive()) {
    return true;
  }
  return (server_events & POLLOUT) != 0 && send();
}

bool EchoClient::receive() {
  const SysResult<size_t> got = sys_.recv(server_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (!got) {
    return broken(got.error());
  }
  if (*got == 0) {
    ending_ = {.why = Ending::Why::kServerLeft, .error = 0, .awaited = awaited_};
    return true;
  }
  show({buffer_.data(), *got});
  awaited_ -= std::min(awaited_, *got);
  return false;
}

bool EchoClient::send() {
  const SysResult<size_t> sent =
      sys_.send(server_, line_.data() + sent_, line_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (!sent) {
    return broken(sent.error());
  }
  sent_ += *sent;
  return false;
}

bool EchoClient::broken(int errno_value) {
  if (IsPassing(errno_value)) {
    return false;
  }
  ending_ = {.why = Ending::Why::kServerLeft, .error = errno_value, .awaited = awaited_};
  return true;
}

void EchoClient::show(std::string_view bytes) {
  while (!bytes.empty()) {
    const SysResult<size_t> written = sys_.write(output_, bytes.data(), bytes.size());
    if (written) {
      bytes.remove_prefix(*written);
    } else if (written.error() == EAGAIN) {
      // Somebody who shares the terminal has made it non-blocking.
      pollfd writable{.fd = output_, .events = POLLOUT, .revents = 0};
      static_cast<void>(sys_.poll(&writable, 1, -1).ok());
    } else if (written.error() != EINTR) {
      throw SysError("cannot show the echo", written.error());
    }
  }
}

}  // namespace eagain
