"""Outcomes of system calls that are rare, brought about by strace."""
import os
import shutil
import signal

from .server import pattern, receive_exactly, round_trip, same

WAITS = "?select,pselect6,?poll,ppoll,?epoll_wait,epoll_pwait"


def under(s, calls, outcome, when):
    """The same server with that outcome of its n-th calls; `when` as strace writes it."""
    assert shutil.which("strace"), "strace is not installed"
    return s.again(wrapper=["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}",
                            "-e", f"inject={calls}:{outcome}:when={when}"])


def talk(s):
    peers = [s.connect() for _ in range(3)]
    for turn in range(4):
        for peer in peers:
            round_trip(peer, b"turn %d" % turn)
    s.expect_alive()


def recv_eagain(s):
    talk(under(s, "recvfrom", "error=EAGAIN", "3+3"))


def accept_eagain(s):
    talk(under(s, "accept4,?accept", "error=EAGAIN", "1+5"))


def accept_econnaborted(s):
    talk(under(s, "accept4,?accept", "error=ECONNABORTED", "1+3"))


def accept_emfile(s):
    for error in ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"):
        talk(under(s, "accept4,?accept", f"error={error}", "1"))


def wait_eintr(s):
    """A stop and continue interrupts the waits of epoll; the others need a signal's handler."""
    peer = s.connected(1)[0]
    for _ in range(3):
        with s.frozen():
            pass
        round_trip(peer, b"after a stop")
    talk(under(s, WAITS, "error=EINTR", "2+2"))


def wait_reordered(s):
    """A client is ready before the newcomer is."""
    peer = s.connected(1)[0]
    with s.frozen():
        peer.sendall(b"first")
        newcomer = s.connect()
        newcomer.sendall(b"newcomer")
    same(receive_exactly(peer, 5), b"first")
    same(receive_exactly(newcomer, 8), b"newcomer")
    s.expect_alive()


def send_eagain(s):
    peer = s.connect(tiny=True)
    data = s.fill(peer, most=1 << 20)
    same(receive_exactly(peer, len(data)), data)


def recv_reset(s):
    for error in ("ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH"):
        t = under(s, "recvfrom", f"error={error}", "2")
        dead = t.connected(1)[0]
        dead.sendall(b"never read")
        dead.close()
        t.settle()
        t.expect_alive()


def double_close(s):
    """No close says EBADF."""
    log = f"/tmp/eagain-close-{os.getpid()}.log"
    try:
        t = s.again(wrapper=["strace", "-f", "-qq", "-o", log, "-e", "trace=close"])
        for peer in t.connected(3):
            peer.close()
        t.settle()
        t.expect_alive()
        t.ends_by(signal.SIGKILL)
        with open(log) as calls:
            bad = [line for line in calls if "EBADF" in line]
        assert not bad, f"{len(bad)} calls on closed descriptors"
    finally:
        os.unlink(log)


PROOFS = {
    "fault/recv-eagain": recv_eagain,
    "fault/send-eagain": send_eagain,
    "fault/accept-eagain": accept_eagain,
    "fault/accept-econnaborted": accept_econnaborted,
    "fault/accept-emfile": accept_emfile,
    "fault/wait-eintr": wait_eintr,
    "fault/wait-reordered": wait_reordered,
    "fault/recv-reset": recv_reset,
    "disconnect/double-close": double_close,
}
