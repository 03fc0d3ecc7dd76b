// Accepts one client and does to it what the second argument says:
//   restart  a blocking recv, with a handler of SIGUSR1 that restarts it and tells the client; exits with
//            the number of bytes that it got
//   eintr    the same with a handler that does not restart it; exits with 100 when it was interrupted
//   retry    the same, and makes the same call again; exits with the number of bytes that it got then
//   sigpipe  a send without MSG_NOSIGNAL
//   stuck    a send of more than there is room for, with a handler of SIGUSR1 that restarts it, and sends
//            until all is sent; exits with the number of sends
//   hasty    the sends of 4,000 bytes, two at a time, and writes to a pipe, none of which waits, while a
//            timer's signal comes somewhere in each round; exits with 100 when one was interrupted
//   twice    recv, of a client of one of two listeners with SO_REUSEPORT
//   vfork    recv in a child of vfork(2); exits as the child does
//   clone3   the same with clone3(2); exits with 77 where there is none
//   oneshot  recv when an EPOLLET|EPOLLONESHOT registration says so; exits with 100 after EAGAIN
//   edge     recv when an EPOLLET registration says so, until something came; exits with the number of bytes
//   later    the same, of a registration that EPOLL_CTL_MOD has made edge-triggered
//   changed  the same, of an edge-triggered one that EPOLL_CTL_MOD has changed; exits with 99 unless it is
//            reported as it was changed
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "listen.h"

static int client;

static void TellClient(int number) {
  (void)number;
  if (send(client, "s", 1, MSG_NOSIGNAL) != 1) _exit(90);
}

static int retries;

static int Receive(void) {
  char bytes[64];
  ssize_t count;
  do {
    count = recv(client, bytes, sizeof bytes, 0);
  } while (retries && count < 0 && errno == EINTR);
  return count >= 0 ? (int)count : errno == EINTR || errno == EAGAIN ? 100 : 101;
}

static void Handle(int number, void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(number, &action, NULL);
}

static int ReceiveWithHandler(int flags) {
  Handle(SIGUSR1, TellClient, flags);
  return Receive();
}

static void DoNothing(int number) { (void)number; }

static int SendMuch(void) {
  static char bytes[1 << 24];
  int sends = 0;
  Handle(SIGUSR1, DoNothing, SA_RESTART);
  for (size_t sent = 0; sent < sizeof bytes; ++sends) {
    const ssize_t count = send(client, bytes + sent, sizeof bytes - sent, MSG_NOSIGNAL);
    if (count < 0) return 101;
    sent += (size_t)count;
  }
  return sends;
}

static int SendHastily(void) {
  Handle(SIGALRM, DoNothing, 0);
  int ends[2];
  if (pipe(ends) != 0) return 101;
  for (int left = 4000; left > 0;) {
    char bytes[3];
    const struct itimerval somewhere = {{0, 0}, {0, 1 + left % 200}};
    setitimer(ITIMER_REAL, &somewhere, NULL);
    if (write(ends[1], "log", 3) != 3) return errno == EINTR ? 100 : 101;
    while (read(ends[0], bytes, sizeof bytes) < 0 && errno == EINTR) {
    }
    const ssize_t count = send(client, "ab", left < 2 ? 1 : 2, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) return errno == EINTR ? 100 : 101;
    left -= count < 0 ? 0 : (int)count;
  }
  return 0;
}

static int ReceiveWhenToldOnce(void) {
  const int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN | EPOLLET | EPOLLONESHOT};
  epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
  epoll_wait(epoll, &event, 1, -1);
  return Receive();
}

static int ReceiveWhenTold(const char* what) {
  const int epoll = epoll_create1(0);
  const int later = strcmp(what, "later") == 0;
  const int changed = strcmp(what, "changed") == 0;
  struct epoll_event event = {.events = later ? EPOLLIN : EPOLLIN | EPOLLET, .data.u32 = 1};
  epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
  if (later || changed) {
    event.events = EPOLLIN | EPOLLET;
    event.data.u32 = 2;
    epoll_ctl(epoll, EPOLL_CTL_MOD, client, &event);
  }
  int count = 100;
  while (count == 100) {
    struct epoll_event got;
    epoll_wait(epoll, &got, 1, -1);
    if (got.data.u32 != event.data.u32) return 99;
    count = Receive();
  }
  return count;
}

// Answers the one that a client has come to.
static int ListenTwice(const char* port) {
  const int first = Bound(port, 0, SO_REUSEPORT);
  const int second = Bound(port, 0, SO_REUSEPORT);
  if (listen(first, SOMAXCONN) != 0 || listen(second, SOMAXCONN) != 0) return -1;
  struct pollfd both[] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
  poll(both, 2, -1);
  return both[0].revents != 0 ? first : second;
}

// What the child has answered, as its own.
static int StatusOf(pid_t child) {
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 102;
}

static int ReceiveInVfork(void) {
  const pid_t child = vfork();
  if (child == 0) _exit(Receive());
  return StatusOf(child);
}

static int ReceiveInClone3(void) {
  struct clone_args arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.exit_signal = SIGCHLD;
  const pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child < 0) return 77;
  if (child == 0) _exit(Receive());
  return StatusOf(child);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const char* what = argv[2];
  const int twice = strcmp(what, "twice") == 0;
  const int listener = twice ? ListenTwice(argv[1]) : ListenOn(argv[1], 0);
  const int edge =
      strcmp(what, "edge") == 0 || strcmp(what, "later") == 0 || strcmp(what, "changed") == 0;
  const int flags = edge || strcmp(what, "oneshot") == 0 ? SOCK_NONBLOCK : 0;
  client = accept4(listener, NULL, NULL, flags);
  if (strcmp(what, "restart") == 0) return ReceiveWithHandler(SA_RESTART);
  retries = strcmp(what, "retry") == 0;
  if (retries || strcmp(what, "eintr") == 0) return ReceiveWithHandler(0);
  if (strcmp(what, "stuck") == 0) return SendMuch();
  if (strcmp(what, "hasty") == 0) return SendHastily();
  if (strcmp(what, "sigpipe") == 0) return send(client, "x", 1, 0) == 1 ? 0 : 3;
  if (strcmp(what, "vfork") == 0) return ReceiveInVfork();
  if (strcmp(what, "clone3") == 0) return ReceiveInClone3();
  if (edge) return ReceiveWhenTold(what);
  return twice ? Receive() : ReceiveWhenToldOnce();
}
