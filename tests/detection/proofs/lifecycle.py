"""Starting and stopping."""
import contextlib
import signal

from .server import LISTEN, round_trip


def listens(s):
    s.expect_alive()


def restart(s):
    """Its connections end from its side, so that the port is still remembered."""
    peers = s.connected(3)
    s.ends_by(signal.SIGTERM)
    for peer in peers:
        with contextlib.suppress(OSError):
            peer.recv(1)
    s.again(port=s.port).expect_alive()


def ends(s, signo):
    s.connected(2)
    status = s.ends_by(signo)
    assert status in (0, -signo, 128 + signo), f"it ended with {status}"
    s.until(lambda: not s.sockets(LISTEN), "the port is closed")


def terminate(s):
    ends(s, signal.SIGTERM)


def interrupt(s):
    ends(s, signal.SIGINT)


def port_in_use(s):
    s.expect_alive()
    try:
        second = s.again(port=s.port)
    except AssertionError:
        return  # it ended at once
    s.until(lambda: not second.alive(), "a second server on the port ends")
    assert second.process.returncode != 0, "it ended as if nothing were wrong"


PROOFS = {
    "lifecycle/listens": listens,
    "lifecycle/restart": restart,
    "lifecycle/terminate": terminate,
    "lifecycle/interrupt": interrupt,
    "lifecycle/port-in-use": port_in_use,
}
