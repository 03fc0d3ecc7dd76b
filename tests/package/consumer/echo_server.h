// An echo server of one thread around poll(2): about as small as one can be that keeps its promises.
//
// A client is either owed bytes, and then nothing more is read from it, or it is not, and then it is read
// from. So one buffer a client is all that is ever kept.
#pragma once

#include <array>
#include <map>
#include <vector>

#include "eagain/sys/sys.h"
#include "eagain/sys/unique_fd.h"

class EchoServer {
 public:
  EchoServer(eagain::Sys& sys, uint16_t port) : sys_(sys), port_(port) {}

  // Serves until stop(); the exit status.
  int run();
  // May be called from a signal handler.
  void stop();

 private:
  struct Client {
    eagain::UniqueFd fd;
    std::array<char, 4096> bytes;
    size_t from = 0;
    size_t to = 0;
    bool owed() const { return from < to; }
  };

  bool listen();
  void wait();
  void accept();
  // False: the client is gone.
  bool serve(Client& client);
  bool receive(Client& client);
  bool send(Client& client);

  eagain::Sys& sys_;
  const uint16_t port_;
  eagain::UniqueFd listener_;
  eagain::UniqueFd
      stopped_;  // an eventfd, so that a stop just before the wait ends it all the same
  std::map<int, Client> clients_;
  std::vector<pollfd> polled_;
  bool accepting_ = true;
  volatile bool stopping_ = false;
};
