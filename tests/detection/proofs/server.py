"""One server under observation: started, watched through /proc, spoken to, ended."""
import contextlib
import os
import signal
import socket
import struct
import subprocess
import time

LISTEN, CLOSE_WAIT = "0A", "08"


def pattern(count, stream=0):
    """Text in which every place looks different from every other, and no two streams alike."""
    words = (b"%x:%07x " % (stream, at) for at in range(count // 10 + 1))
    return b"".join(words)[:count]


def receive_exactly(sock, count):
    parts, missing = [], count
    while missing:
        part = sock.recv(min(missing, 1 << 16))
        assert part, f"the end came {missing} bytes before all {count} were back"
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def same(actual, expected):
    if actual != expected:
        pairs = enumerate(zip(actual, expected))
        at = next((i for i, (a, e) in pairs if a != e), min(len(actual), len(expected)))
        assert False, f"differs at byte {at} of {len(expected)}"


def round_trip(sock, data):
    sock.sendall(data)
    same(receive_exactly(sock, len(data)), data)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Server:
    """`patience` is how many seconds a reply may take before it counts as missing."""

    def __init__(self, argv, patience, wrapper=(), port=None):
        self.argv = argv
        self.patience = patience
        self.port = port or free_port()
        self.peers = []
        self.others = []
        command = [*wrapper, *(word.replace("{port}", str(self.port)) for word in argv)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True,
                                        env=environment)
        self.until(lambda: self.sockets(LISTEN) or not self.alive(), "it listens",
                   max(self.patience, 10))
        assert self.alive(), f"it ended at once with {self.process.returncode}"
        tree = self.tree()
        self.pid = tree[1] if wrapper and len(tree) > 1 else tree[0]

    def again(self, **options):
        """One more of the same, which ends with this one."""
        self.others.append(Server(self.argv, self.patience, **options))
        return self.others[-1]

    def close(self):
        for peer in self.peers + self.others:
            peer.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def until(self, condition, what, seconds=None):
        end = time.monotonic() + (seconds or self.patience)
        while not condition():
            assert time.monotonic() < end, f"not so: {what}"
            time.sleep(0.005)

    # Clients.

    def connect(self, tiny=False):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.settimeout(self.patience)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tiny:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        self.peers.append(sock)
        sock.connect(("127.0.0.1", self.port))
        return sock

    def connect_many(self, count, **options):
        return [self.connect(**options) for _ in range(count)]

    def connected(self, count, **options):
        """Clients that the server has accepted and served."""
        peers = self.connect_many(count, **options)
        for peer in peers:
            round_trip(peer, b"here")
        return peers

    def expect_alive(self):
        with contextlib.closing(self.connect()) as peer:
            round_trip(peer, b"alive?")

    def fill(self, sock, most=64 << 20):
        """Sends until nothing more is taken, the server being at rest; the bytes sent."""
        sock.setblocking(False)
        sent, quiet = 0, 0
        data = pattern(1 << 20)
        while sent < most and quiet < 20:
            at = sent % len(data)
            try:
                sent += sock.send(data[at:at + 65536])
                quiet = 0
            except BlockingIOError:
                quiet += 1
                time.sleep(0.01)
        sock.settimeout(self.patience)
        return (data * (sent // len(data) + 1))[:sent]

    # What the kernel says of it.

    def alive(self):
        return self.process.poll() is None

    def tree(self):
        """Its processes, zombies among them, parents first."""
        found = [self.process.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/children") as children:
                        found.extend(map(int, children.read().split()))
        return found

    def sockets(self, state):
        wanted = f":{self.port:04X}"
        with open("/proc/net/tcp") as table:
            rows = [line.split() for line in table][1:]
        with open("/proc/net/tcp6") as table:
            rows += [line.split() for line in table][1:]
        return [row for row in rows if row[1].endswith(wanted) and row[3] == state]

    def threads(self):
        return sum(len(os.listdir(f"/proc/{pid}/task")) for pid in self.tree())

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def socket_flags(self):
        """Of each socket it holds: is it non-blocking?"""
        flags = []
        for fd in os.listdir(f"/proc/{self.pid}/fd"):
            if os.readlink(f"/proc/{self.pid}/fd/{fd}").startswith("socket:"):
                with open(f"/proc/{self.pid}/fdinfo/{fd}") as info:
                    rows = dict(line.split(None, 1) for line in info if line.strip())
                flags.append(bool(int(rows["flags:"], 8) & os.O_NONBLOCK))
        return flags

    def status(self, name):
        with open(f"/proc/{self.pid}/status") as status:
            return int(next(line for line in status if line.startswith(name)).split()[1])

    def memory_kib(self):
        return self.status("VmRSS:")

    def cpu_ns(self):
        """What it has run, and what it would have run if others had not: a spin shows under load too."""
        total = 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/schedstat") as stat:
                        total += sum(map(int, stat.read().split()[:2]))
        return total

    def expect_idle(self):
        """Next to no CPU: a fifth of the time is already much."""
        self.settle()
        start, before = time.monotonic_ns(), self.cpu_ns()
        time.sleep(0.4)
        share = (self.cpu_ns() - before) / (time.monotonic_ns() - start)
        assert share < 0.2, f"it runs {share:.0%} of the time while there is nothing to do"

    def settle(self):
        """Gives it the time to finish what it does; a server that spins never does."""
        with contextlib.suppress(AssertionError):
            self.until(self.sleeps, "it sleeps", 1)

    def sleeps(self):
        def state(pid):
            with open(f"/proc/{pid}/stat") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0]
        with contextlib.suppress(OSError):
            return all(state(pid) in "SZ" for _ in range(5) for pid in self.tree())
        return False

    # What is done to it.

    @contextlib.contextmanager
    def frozen(self):
        self.settle()
        os.killpg(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.process.pid, signal.SIGCONT)

    def ends_by(self, signo):
        """Sends it the signal; how it ended, as subprocess says it."""
        os.kill(self.process.pid, signo)
        try:
            return self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it lives on after signal {signo}") from None


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
