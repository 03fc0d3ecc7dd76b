"""A correct echo server: one thread, select, a bounded queue for each client.

usage: right.py PORT [BACKLOG [peek] [slow]]

With peek it looks at the first byte before it takes them, with slow it sleeps a while in each turn.
"""
import select
import signal
import socket
import sys
import time

HIGH_WATER = 256 * 1024
PEEKS = "peek" in sys.argv
PAUSE_S = 0.02 if "slow" in sys.argv else 0


class Client:
    def __init__(self, connection):
        self.connection = connection
        self.waiting = bytearray()
        self.half_closed = False

    def wants_to_read(self):
        return not self.half_closed and len(self.waiting) < HIGH_WATER

    def read(self):
        try:
            if PEEKS:
                self.connection.recv(1, socket.MSG_PEEK)
            data = self.connection.recv(65536)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data:
            self.half_closed = True
            return bool(self.waiting)
        self.waiting += data
        return self.write()

    def write(self):
        try:
            sent = self.connection.send(self.waiting) if self.waiting else 0
        except BlockingIOError:
            return True
        except OSError:
            return False
        del self.waiting[:sent]
        return bool(self.waiting) or not self.half_closed


def serve(listener):
    clients = {}
    while True:
        readers = [listener] + [c for c, client in clients.items() if client.wants_to_read()]
        writers = [c for c, client in clients.items() if client.waiting]
        if PAUSE_S:
            time.sleep(PAUSE_S)
        readable, writable, _ = select.select(readers, writers, [])
        for connection in readable:
            if connection is listener:
                try:
                    new, _ = listener.accept()
                except OSError:
                    continue
                new.setblocking(False)
                clients[new] = Client(new)
            elif connection in clients and not clients[connection].read():
                clients.pop(connection).connection.close()
        for connection in writable:
            if connection in clients and not clients[connection].write():
                clients.pop(connection).connection.close()


signal.signal(signal.SIGINT, signal.SIG_DFL)
with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen(int(sys.argv[2]) if len(sys.argv) > 2 else 128)
    listener.setblocking(False)
    serve(listener)
