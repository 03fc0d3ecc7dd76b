"""More than one client, and who is served when."""
import contextlib
import socket
import threading
import time

from .server import pattern, reset, round_trip, same


def second_client(s):
    s.connect()
    round_trip(s.connect(), b"ping")


def partial_first(s):
    s.connect().sendall(b"half of some")
    round_trip(s.connect(), b"ping\n")


def many_clients(s):
    peers = s.connect_many(100)
    for turn in range(3):
        for i, peer in enumerate(peers):
            round_trip(peer, b"%d of client %d" % (turn, i))


def thousand_clients(s):
    for i, peer in enumerate(s.connect_many(1000)):
        round_trip(peer, b"client %d" % i)


def isolation(s):
    """Everybody's bytes wait at once, again and again."""
    peers = s.connected(8)
    for turn in range(30):
        messages = [pattern(2000, stream=100 * turn + i) for i in range(len(peers))]
        with s.frozen():
            for peer, message in zip(peers, messages):
                peer.sendall(message)
        for peer, message in zip(peers, messages):
            received = b""
            while len(received) < len(message):
                received += peer.recv(len(message) - len(received))
            same(received, message)


def connect_burst(s):
    """200 connections come while it looks away, and are served within 15 s."""
    s.expect_alive()
    peers = []
    with s.frozen():
        for _ in range(200):
            peer = socket.socket()
            peer.setblocking(False)
            peer.connect_ex(("127.0.0.1", s.port))
            s.peers.append(peer)
            peers.append(peer)
    end = time.monotonic() + 15
    for i, peer in enumerate(peers):
        s.until(lambda peer=peer: connected(peer), f"connection {i} of 200 is made",
                end - time.monotonic())
        peer.settimeout(max(end - time.monotonic(), 0.01))
        round_trip(peer, b"client %d" % i)


def connected(sock):
    with contextlib.suppress(OSError):
        return sock.getpeername() is not None
    return False


def slow_sender(s):
    slow = s.connect()
    quiet = s.connect()
    for byte in b"a byte at a time":
        slow.sendall(bytes([byte]))
        round_trip(quiet, b"meanwhile\n")


class Flood:
    """Clients that send as fast as they can and read what comes back, in threads of their own."""

    def __init__(self, s, count=1):
        self.running = True
        self.echoed = [0] * count
        self.socks = s.connect_many(count)
        for sock in self.socks:
            sock.settimeout(0.2)
        self.threads = [threading.Thread(target=self.send, args=(sock,)) for sock in self.socks]
        self.threads += [threading.Thread(target=self.receive, args=(i,)) for i in range(count)]
        for thread in self.threads:
            thread.start()

    def send(self, sock):
        data = b"flood!!!" * 32768
        while self.running:
            with contextlib.suppress(OSError):
                sock.send(data)

    def receive(self, index):
        buffer = bytearray(1 << 18)
        while self.running:
            with contextlib.suppress(OSError):
                self.echoed[index] += self.socks[index].recv_into(buffer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.running = False
        for thread in self.threads:
            thread.join()


def flood(s):
    """Quiet clients that came before and after the flood each go on."""
    before = s.connected(1)
    with Flood(s) as flooding:
        s.until(lambda: flooding.echoed[0] > 1 << 20, "the flood is echoed")
        for peer in before + s.connected(1):
            for _ in range(20):
                round_trip(peer, b"quiet")


def slow_reader(s):
    stalled = s.connected(1, tiny=True)[0]
    quiet = s.connected(1)[0]
    s.fill(stalled, most=4 << 20)
    for _ in range(20):
        round_trip(quiet, b"quiet")


def accept_under_load(s):
    with Flood(s, 2) as flooding:
        s.until(lambda: min(flooding.echoed) > 1 << 20, "both floods are echoed")
        for _ in range(5):
            s.expect_alive()


def data_under_connect_storm(s):
    peer = s.connected(1)[0]
    running = True

    def storm():
        while running:
            with contextlib.suppress(OSError), socket.socket() as passing:
                passing.settimeout(1)
                passing.connect(("127.0.0.1", s.port))
                reset(passing)

    threads = [threading.Thread(target=storm) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(50):
            round_trip(peer, b"in the storm")
    finally:
        running = False
        for thread in threads:
            thread.join()


def equal_share(s):
    with Flood(s, 8) as flooding:
        s.until(lambda: sum(flooding.echoed) > 1 << 20, "the floods are echoed")
        before = list(flooding.echoed)
        time.sleep(0.5)
        shares = [after - first for after, first in zip(flooding.echoed, before)]
    index = sum(shares) ** 2 / (len(shares) * sum(x * x for x in shares) or 1)
    assert index >= 0.5, f"Jain's index is {index:.2f}"


PROOFS = {
    "concurrency/second-client": second_client,
    "concurrency/partial-first": partial_first,
    "concurrency/many-clients": many_clients,
    "concurrency/thousand-clients": thousand_clients,
    "concurrency/isolation": isolation,
    "concurrency/connect-burst": connect_burst,
    "concurrency/slow-sender": slow_sender,
    "fairness/flood": flood,
    "fairness/slow-reader": slow_reader,
    "fairness/accept-under-load": accept_under_load,
    "fairness/data-under-connect-storm": data_under_connect_storm,
    "fairness/equal-share": equal_share,
}
