"""An echo server with a queue for each client: right, or wrong in the ways that are asked for.

usage: queues.py PORT [DEFECT...]
"""
import select
import socket
import sys

DEFECTS = {
    "unbounded": "reads on, however much waits",
    "loses-the-rest": "a short send's rest is dropped",
    "repeats-the-rest": "a short send is done again as a whole",
    "dies-of-eagain": "EAGAIN is taken for the end of the connection",
    "never-asks-for-room": "what is left is sent when the next bytes come",
    "overtakes": "new bytes are sent at once, whatever waits",
    "hang-up-first": "an end is looked at before the bytes in front of it",
    "never-ends": "the end of the input is not answered",
    "ends-before-flush": "the end of the input is the end of everything",
    "one-queue": "what waits, waits in one queue for all",
    "drops-when-full": "what does not fit into the queue is dropped",
}
HIGH_WATER = 64 * 1024
defects = set(sys.argv[2:])
assert defects <= set(DEFECTS), defects - set(DEFECTS)
EVERYBODYS = bytearray()


class Client:
    def __init__(self, connection):
        self.connection = connection
        self.queue = EVERYBODYS if "one-queue" in defects else bytearray()
        self.ended = False

    def interest(self):
        unlimited = defects & {"unbounded", "drops-when-full"}
        mask = 0
        if not self.ended and (unlimited or len(self.queue) < HIGH_WATER):
            mask |= select.POLLIN
            mask |= select.POLLRDHUP if "hang-up-first" in defects else 0
        if self.queue and "never-asks-for-room" not in defects:
            mask |= select.POLLOUT
        return mask

    def send(self, data):
        """How much of it needs no place in the queue."""
        try:
            sent = self.connection.send(data)
        except BlockingIOError:
            if "dies-of-eagain" in defects:
                raise ConnectionError from None
            sent = 0
        if "dies-of-eagain" in defects and sent < len(data):
            return sent + self.send(data[sent:])
        if "loses-the-rest" in defects:
            return len(data)
        if "repeats-the-rest" in defects and sent < len(data):
            return 0
        return sent

    def read(self):
        data = self.connection.recv(16384)
        if not data:
            self.ended = True
            return
        if not self.queue or "overtakes" in defects:
            data = data[self.send(data):]
        if "drops-when-full" in defects:
            data = data[:max(0, HIGH_WATER - len(self.queue))]
        self.queue += data

    def flush(self):
        if self.queue:
            del self.queue[:self.send(self.queue)]

    def is_over(self):
        if not self.ended or "never-ends" in defects:
            return False
        return not self.queue or "ends-before-flush" in defects

    def handle(self, events):
        """Whether the client stays."""
        try:
            if "hang-up-first" in defects and events & select.POLLRDHUP:
                return False
            if events & select.POLLIN:
                self.read()
            if events & (select.POLLOUT | select.POLLHUP | select.POLLERR):
                self.flush()
            return not self.is_over() and not events & select.POLLERR
        except BlockingIOError:
            return True
        except OSError:
            return False


def serve(listener):
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    clients = {}
    while True:
        for fd, events in poll.poll():
            if fd == listener.fileno():
                connection, _ = listener.accept()
                connection.setblocking(False)
                clients[connection.fileno()] = Client(connection)
                poll.register(connection, select.POLLIN)
            elif clients[fd].handle(events):
                poll.modify(fd, clients[fd].interest())
            else:
                poll.unregister(fd)
                clients.pop(fd).connection.close()


with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen(128)
    serve(listener)
