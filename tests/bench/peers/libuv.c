/* An echo server on libuv, as its guide and its own test/echo-server.c write one: a buffer is
 * allocated for what was read, and freed once it has been written.
 * With TUNED: one receive buffer for all, and uv_try_write first, as its documentation offers both;
 * only what the kernel does not take at once is copied and queued.
 *
 *   libuv PORT
 */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { kBuffer = 64 * 1024, kBacklog = 4096 };

struct write {
  uv_write_t request;
  uv_buf_t buffer;
};

static void on_closed(uv_handle_t *handle) { free(handle); }

static void on_written(uv_write_t *request, int status) {
  struct write *write = (struct write *)request;
  if (status < 0 && !uv_is_closing((uv_handle_t *)request->handle)) {
    uv_close((uv_handle_t *)request->handle, on_closed);
  }
  free(write->buffer.base);
  free(write);
}

static void queue(uv_stream_t *client, char *bytes, size_t count) {
  struct write *write = malloc(sizeof *write);
  write->buffer = uv_buf_init(bytes, (unsigned)count);
  uv_write(&write->request, client, &write->buffer, 1, on_written);
}

#ifdef TUNED
static char shared[kBuffer];

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)handle;
  (void)suggested;
  *buffer = uv_buf_init(shared, sizeof shared);
}

static void echo(uv_stream_t *client, size_t count, const uv_buf_t *buffer) {
  uv_buf_t all = uv_buf_init(buffer->base, (unsigned)count);
  const int sent = uv_try_write(client, &all, 1);
  const size_t done = sent > 0 ? (size_t)sent : 0;
  if (done < count) {
    char *rest = malloc(count - done);
    memcpy(rest, buffer->base + done, count - done);
    queue(client, rest, count - done);
  }
}

static void release(const uv_buf_t *buffer) { (void)buffer; }
#else
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)handle;
  *buffer = uv_buf_init(malloc(suggested), (unsigned)suggested);
}

static void echo(uv_stream_t *client, size_t count, const uv_buf_t *buffer) {
  queue(client, buffer->base, count); /* freed once written */
}

static void release(const uv_buf_t *buffer) { free(buffer->base); }
#endif

static void on_read(uv_stream_t *client, ssize_t count, const uv_buf_t *buffer) {
  if (count > 0) {
    echo(client, (size_t)count, buffer);
    return;
  }
  release(buffer);
  if (count < 0 && !uv_is_closing((uv_handle_t *)client)) {
    uv_close((uv_handle_t *)client, on_closed);
  }
}

static void on_connection(uv_stream_t *server, int status) {
  if (status < 0) {
    return;
  }
  uv_tcp_t *client = malloc(sizeof *client);
  uv_tcp_init(server->loop, client);
  if (uv_accept(server, (uv_stream_t *)client) != 0) {
    uv_close((uv_handle_t *)client, on_closed);
    return;
  }
  uv_tcp_nodelay(client, 1);
  uv_read_start((uv_stream_t *)client, on_alloc, on_read);
}

int main(int argc, char **argv) {
  uv_loop_t *loop = uv_default_loop();
  uv_tcp_t server;
  struct sockaddr_in address;
  if (argc != 2 || uv_ip4_addr("127.0.0.1", atoi(argv[1]), &address) != 0) {
    return 2;
  }
  uv_tcp_init(loop, &server);
  if (uv_tcp_bind(&server, (const struct sockaddr *)&address, 0) != 0 ||
      uv_listen((uv_stream_t *)&server, kBacklog, on_connection) != 0) {
    return 1;
  }
  return uv_run(loop, UV_RUN_DEFAULT);
}
