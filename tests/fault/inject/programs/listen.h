// What the C programs here share: a listening socket on 127.0.0.1 and the port of their first argument.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static inline int Bound(const char* port, int flags, int option) {
  const int listener = socket(AF_INET, SOCK_STREAM | flags, 0);
  const int on = 1;
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)atoi(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, option, &on, sizeof on);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0) {
    perror("bind");
    exit(1);
  }
  return listener;
}

static inline int ListenOn(const char* port, int flags) {
  const int listener = Bound(port, flags, SO_REUSEADDR);
  if (listen(listener, SOMAXCONN) != 0) {
    perror("listen");
    exit(1);
  }
  return listener;
}
