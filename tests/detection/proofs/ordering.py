"""What is read and not yet sent."""
import time

from .server import pattern, receive_exactly, same


def slow_reader_gets_all(s, count):
    """Bytes are written as the socket takes them, and read at a slow pace in between."""
    peer = s.connect(tiny=True)
    data, sent, back = pattern(count), 0, bytearray()
    last = time.monotonic()
    while len(back) < count:
        peer.setblocking(False)
        try:
            if sent < count:
                sent += peer.send(data[sent:sent + 65536])
                continue
        except BlockingIOError:
            pass
        try:
            part = peer.recv(1 << 17)
            assert part, f"the end came after {len(back)} of {count} bytes"
            back += part
            last = time.monotonic()
        except BlockingIOError:
            assert time.monotonic() - last < s.patience, f"only {len(back)} of {count} bytes"
            time.sleep(0.001)
    same(bytes(back), data)


def backpressure(s):
    slow_reader_gets_all(s, 32 << 20 if s.patience > 10 else 4 << 20)


def stall_and_resume(s, peer):
    data = s.fill(peer, most=4 << 20)
    same(receive_exactly(peer, len(data)), data)


def resume_after_stall(s):
    stall_and_resume(s, s.connect(tiny=True))


def queued_before_new(s):
    """Both come at once: room for what waits, and something newer."""
    peer = s.connect(tiny=True)
    for _ in range(3):
        old = s.fill(peer, most=1 << 20)
        read = receive_exactly(peer, len(old) // 2)
        new = pattern(30000, stream=7)
        peer.sendall(new)
        read += receive_exactly(peer, len(old) - len(read) + len(new))
        same(read, old + new)


def half_close_flush(s):
    peer = s.connect()
    data = pattern(300_000)
    with s.frozen():
        peer.sendall(data)
        peer.shutdown(1)
    same(receive_exactly(peer, len(data)), data)
    assert peer.recv(1) == b"", "no end after the last byte"


def half_close_under_backpressure(s):
    """As much as the sockets do not hold and its queue does; of how much that is, there is no telling."""
    for size in range(96 << 10, 640 << 10, 16 << 10):
        peer = s.connect(tiny=True)
        data = s.fill(peer, most=size)
        peer.shutdown(1)
        s.settle()
        same(receive_exactly(peer, len(data)), data)
        assert peer.recv(1) == b"", "no end after the last byte"


def interleaved_stalls(s):
    peers = s.connect_many(4, tiny=True)
    owed = []
    for i, peer in enumerate(peers):
        peer.sendall(pattern(100, stream=i))
        owed.append(pattern(100, stream=i) + s.fill(peer, most=1 << 20))
    for peer, data in reversed(list(zip(peers, owed))):
        same(receive_exactly(peer, len(data)), data)


def bounded_queue(s):
    peer = s.connected(1, tiny=True)[0]
    before = s.memory_kib()
    s.fill(peer, most=48 << 20)
    grown = s.memory_kib() - before
    assert grown < 24 << 10, f"{grown} KiB for a client that does not read"


PROOFS = {
    "ordering/backpressure": backpressure,
    "ordering/resume-after-stall": resume_after_stall,
    "ordering/queued-before-new": queued_before_new,
    "ordering/half-close-flush": half_close_flush,
    "ordering/half-close-under-backpressure": half_close_under_backpressure,
    "ordering/interleaved-stalls": interleaved_stalls,
    "ordering/bounded-queue": bounded_queue,
}
