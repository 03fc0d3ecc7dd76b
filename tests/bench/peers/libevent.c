/* An echo server on libevent, as its book writes one: a bufferevent a client, whose input is moved to
 * its output without a copy.
 *
 *   libevent PORT
 */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { kBacklog = 4096 };

static void on_read(struct bufferevent *client, void *context) {
  (void)context;
  evbuffer_add_buffer(bufferevent_get_output(client), bufferevent_get_input(client));
}

static void on_event(struct bufferevent *client, short events, void *context) {
  (void)context;
  if (events & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
    bufferevent_free(client);
  }
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                      int length, void *context) {
  (void)address;
  (void)length;
  (void)context;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct bufferevent *client =
      bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(client, on_read, NULL, on_event, NULL);
  bufferevent_enable(client, EV_READ | EV_WRITE);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)atoi(argv[1]));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  struct event_base *base = event_base_new();
  if (base == NULL ||
      evconnlistener_new_bind(base, on_accept, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
                              kBacklog, (struct sockaddr *)&address, sizeof address) == NULL) {
    return 1;
  }
  return event_base_dispatch(base);
}
