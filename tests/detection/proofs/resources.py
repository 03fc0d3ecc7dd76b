"""What waiting costs, and what is done without descriptors."""
import contextlib
import resource

from .server import receive_exactly, round_trip


def idle_alone(s):
    s.expect_idle()


def idle_connected(s):
    s.connected(50)
    s.expect_idle()


def idle_stalled(s):
    s.fill(s.connect(tiny=True), most=64 << 20)
    s.expect_idle()


def idle_half_closed(s):
    peer = s.connected(1)[0]
    peer.shutdown(1)
    s.expect_idle()


def exhaust(s):
    """Leaves it no descriptor for one more client; the clients it has."""
    peers = s.connected(5)
    lowest = s.descriptors() + 1
    resource.prlimit(s.pid, resource.RLIMIT_NOFILE, (lowest, lowest))
    peers += [s.connect() for _ in range(5)]
    return peers


def descriptor_limit(s):
    peers = exhaust(s)
    for peer in peers[:5]:
        round_trip(peer, b"served as before")
    assert s.alive(), "it ended"


def descriptor_limit_recovery(s):
    peers = exhaust(s)
    s.settle()
    for peer in peers:
        peer.close()
    s.until(lambda: served(s), "a newcomer is served again")


def served(s):
    with contextlib.suppress(OSError, AssertionError):
        with contextlib.closing(s.connect()) as peer:
            peer.settimeout(1)
            round_trip(peer, b"again?")
            return True
    return False


def descriptor_limit_idle(s):
    exhaust(s)
    s.expect_idle()


def beyond_fd_setsize(s):
    peers = s.connect_many(1100)
    for peer in peers[:10]:
        round_trip(peer, b"one of the first")
    for peer in peers[1090:]:  # served, or sent away
        with contextlib.suppress(ConnectionError):
            peer.sendall(b"one of the last")
            reply = peer.recv(15)
            if reply:
                receive_exactly(peer, 15 - len(reply))
    s.expect_idle()
    round_trip(peers[0], b"as before")


def memory_per_client(s):
    s.connected(10)
    before = s.memory_kib()
    s.connected(90)
    each = (s.memory_kib() - before) / 90
    assert each < 64, f"{each:.0f} KiB for an idle client"


def blocks_when_idle(s):
    s.connected(3)
    s.settle()
    before = s.status("voluntary_ctxt") + s.status("nonvoluntary_ctxt")
    s.expect_idle()
    woken = s.status("voluntary_ctxt") + s.status("nonvoluntary_ctxt") - before
    assert woken < 200, f"it woke {woken} times for nothing"


def non_blocking(s):
    s.connected(2)
    flags = s.socket_flags()
    assert all(flags), f"{flags.count(False)} of its {len(flags)} sockets block"


def single_threaded(s):
    s.connected(5)
    assert s.threads() == 1, f"{s.threads()} threads"


PROOFS = {
    "resources/idle-alone": idle_alone,
    "resources/idle-connected": idle_connected,
    "resources/idle-stalled": idle_stalled,
    "resources/idle-half-closed": idle_half_closed,
    "resources/descriptor-limit": descriptor_limit,
    "resources/descriptor-limit-recovery": descriptor_limit_recovery,
    "resources/descriptor-limit-idle": descriptor_limit_idle,
    "resources/beyond-fd-setsize": beyond_fd_setsize,
    "resources/memory-per-client": memory_per_client,
    "strategy/blocks-when-idle": blocks_when_idle,
    "strategy/non-blocking": non_blocking,
    "strategy/single-threaded": single_threaded,
}
