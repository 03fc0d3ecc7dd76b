"""Leaving, in every way."""
import contextlib

from .server import CLOSE_WAIT, pattern, reset, round_trip


def orderly(s):
    peer = s.connected(1)[0]
    peer.shutdown(1)
    assert peer.recv(1) == b"", "bytes instead of the end"


def immediate(s):
    for _ in range(100):
        s.connect().close()
    s.expect_alive()


def reset_idle(s):
    reset(s.connected(1)[0])
    s.expect_alive()


def reset_with_queued_bytes(s):
    for _ in range(5):
        peer = s.connected(1)[0]
        with s.frozen():
            peer.sendall(pattern(60_000))
            peer.close()
        s.expect_alive()
    peer = s.connect(tiny=True)
    s.fill(peer, most=1 << 20)
    reset(peer)
    s.expect_alive()


def reset_before_accept(s):
    s.expect_alive()
    with s.frozen():
        for _ in range(10):
            reset(s.connect())
    s.expect_alive()


def mid_message(s):
    for leave in (reset, lambda sock: sock.close()):
        peer = s.connect()
        peer.sendall(b"half of some")
        s.settle()
        leave(peer)
        s.expect_alive()


def others_unharmed(s):
    talking = s.connected(3)
    for i in range(100):
        reset(s.connected(1)[0])
        round_trip(talking[i % 3], b"still talking")


def churn(s, count):
    for _ in range(count):
        peer = s.connect()
        round_trip(peer, b"hello")
        reset(peer)
        s.peers.remove(peer)


def descriptors(s):
    churn(s, 20)
    s.settle()
    before = s.descriptors()
    churn(s, 200)
    s.until(lambda: s.descriptors() < before + 20, f"descriptors are back near {before}")


def memory(s):
    """Some round of many adds next to nothing: a heap that is collected grows for some rounds before it is."""
    churn(s, 1000)
    s.settle()
    least = [float("inf")] * 2
    before = (s.memory_kib(), s.status("VmSize:"))
    for _ in range(12):
        churn(s, 500)
        s.settle()
        now = (s.memory_kib(), s.status("VmSize:"))
        least = [min(known, new - old) for known, old, new in zip(least, before, now)]
        before = now
        if max(least) < 256:
            return
    raise AssertionError(f"every 500 clients cost {max(least)} KiB or more")


def descriptor_reuse(s):
    for _ in range(5):
        old = s.connect(tiny=True)
        s.fill(old, most=1 << 20)
        with s.frozen():
            reset(old)
            new = s.connect()
        round_trip(new, b"only mine")
        new.close()
    s.connected(1)


def close_wait(s):
    for peer in s.connected(3):
        peer.shutdown(1)
        with contextlib.suppress(OSError):
            peer.recv(1)
        peer.close()
    s.until(lambda: not s.sockets(CLOSE_WAIT), "no connection is in CLOSE_WAIT")


def children(s):
    s.expect_alive()
    churn(s, 30)
    s.until(lambda: len(s.tree()) < 5 and s.threads() < 25, "processes and threads are gone")


PROOFS = {
    "disconnect/orderly": orderly,
    "disconnect/immediate": immediate,
    "disconnect/reset": reset_idle,
    "disconnect/reset-with-queued-bytes": reset_with_queued_bytes,
    "disconnect/reset-before-accept": reset_before_accept,
    "disconnect/mid-message": mid_message,
    "disconnect/others-unharmed": others_unharmed,
    "disconnect/descriptors": descriptors,
    "disconnect/memory": memory,
    "disconnect/descriptor-reuse": descriptor_reuse,
    "disconnect/close-wait": close_wait,
    "disconnect/children": children,
}
