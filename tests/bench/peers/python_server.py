"""An echo server in plain Python, on the selector that is named: selectors of the standard library, as its
documentation's example is, with what a short send leaves kept for later.

    python3 python_server.py select|poll|epoll PORT
"""
import selectors
import socket
import sys

KINDS = {
    "select": selectors.SelectSelector,
    "poll": selectors.PollSelector,
    "epoll": selectors.EpollSelector,
}
MOST_WAITING = 256 * 1024

selector = KINDS[sys.argv[1]]()


def accept(listener, _events):
    client, _ = listener.accept()
    client.setblocking(False)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting = bytearray()
    selector.register(
        client, selectors.EVENT_READ, lambda it, events: serve(it, events, waiting)
    )


def serve(client, events, waiting):
    try:
        if events & selectors.EVENT_READ:
            data = client.recv(65536)
            if not data:
                raise ConnectionError
            waiting += data
        if waiting:
            del waiting[: client.send(waiting)]
    except BlockingIOError:
        pass
    except ConnectionError:
        selector.unregister(client)
        client.close()
        return
    key = selector.get_key(client)
    wanted = (selectors.EVENT_READ if len(waiting) < MOST_WAITING else 0) | (
        selectors.EVENT_WRITE if waiting else 0
    )
    if wanted != key.events:
        selector.modify(client, wanted, key.data)


listener = socket.create_server(("127.0.0.1", int(sys.argv[2])), backlog=4096)
listener.setblocking(False)
selector.register(listener, selectors.EVENT_READ, accept)
while True:
    for key, events in selector.select():
        key.data(key.fileobj, events)
