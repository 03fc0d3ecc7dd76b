"""The service itself."""
import contextlib
import time

from .server import receive_exactly, round_trip, same, pattern


def one_byte(s):
    peer = s.connect()
    round_trip(peer, b"x")
    expect_nothing(s, peer)


def expect_nothing(s, peer):
    s.settle()
    limit = peer.gettimeout()
    peer.settimeout(0.2)
    with contextlib.suppress(TimeoutError):
        unasked = peer.recv(1)
        assert False, f"{unasked!r} came unasked" if unasked else "the end came unasked"
    peer.settimeout(limit)


def round_trips(s):
    peer = s.connect()
    for i in range(200):
        round_trip(peer, b"request %d\n" % i)


def buffer_boundaries(s):
    peer = s.connect()
    for size in (1, 1023, 1024, 1025, 4095, 4096, 4097, 65535, 65536, 65537):
        round_trip(peer, pattern(size))


def binary(s):
    round_trip(s.connect(), bytes(range(256)) + b"\xc3\x28\xff\xfe\x00\x00end")


def split_characters(s):
    peer = s.connect()
    for byte in "a\u00e9\u20ac\U0001f600".encode():
        round_trip(peer, bytes([byte]))


def large(s):
    exchange(s.connect(), pattern(8 << 20))


def exchange(sock, data):
    """Writes and reads at the same time."""
    limit, back, sent = sock.gettimeout(), bytearray(), 0
    last = time.monotonic()
    sock.setblocking(False)
    while len(back) < len(data):
        moved = False
        try:
            if sent < len(data):
                sent += sock.send(data[sent:sent + 65536])
                moved = True
        except BlockingIOError:
            pass
        try:
            part = sock.recv(65536)
            assert part, f"the end came after {len(back)} of {len(data)} bytes"
            back += part
            moved = True
        except BlockingIOError:
            pass
        if moved:
            last = time.monotonic()
        else:
            assert time.monotonic() - last < limit, f"only {len(back)} of {len(data)} bytes"
            time.sleep(0.001)
    sock.settimeout(limit)
    same(bytes(back), data)


def ordinary_words(s):
    for word in (b"exit\n", b"quit\r\n", b"close", b"\n", b"\r", b"\r\n", b"QUIT\n"):
        peer = s.connect()
        round_trip(peer, word)
        round_trip(peer, b"still here")
        peer.close()


def unsolicited(s):
    expect_nothing(s, s.connect())


def after_silence(s):
    peer = s.connect()
    round_trip(peer, b"before")
    time.sleep(0.6)
    round_trip(peer, b"after")


def sequential_clients(s):
    for i in range(50):
        peer = s.connect()
        round_trip(peer, b"client %d" % i)
        peer.shutdown(1)
        assert peer.recv(1) == b"", "more than its echo"
        peer.close()


PROOFS = {
    "echo/one-byte": one_byte,
    "echo/round-trips": round_trips,
    "echo/buffer-boundaries": buffer_boundaries,
    "echo/binary": binary,
    "echo/split-characters": split_characters,
    "echo/large": large,
    "echo/ordinary-words": ordinary_words,
    "echo/unsolicited": unsolicited,
    "echo/after-silence": after_silence,
    "echo/sequential-clients": sequential_clients,
}
