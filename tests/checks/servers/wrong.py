"""Servers that are wrong on purpose, each in one way.

usage: wrong.py DEFECT PORT
"""
import os
import select
import signal
import socket
import sys
import threading
import time


def listen(port, reuse=True, share=False, backlog=1024):
    listener = socket.socket()
    if share:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if reuse:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(backlog)
    return listener


def thread_for_each(port, serve, reuse=True, backlog=1024):
    def run(client):
        with client:
            try:
                serve(client)
            except OSError:
                pass

    threading.excepthook = lambda _: None
    listener = listen(port, reuse, backlog=backlog)
    while True:
        threading.Thread(target=run, args=(listener.accept()[0],), daemon=True).start()


def answering(change):
    """A thread for each client, which sends back change(what came)."""

    def serve(client):
        while data := client.recv(65536):
            client.sendall(change(data))

    return lambda port: thread_for_each(port, serve)


def echo(client):
    while data := client.recv(65536):
        client.sendall(data)


# --- echo ---------------------------------------------------------------------------------------


def greets(client):
    client.sendall(b"Welcome!\n")
    echo(client)


def answers_once(client):
    client.sendall(client.recv(65536))


def waits_for_newline(client):
    for line in client.makefile("rb"):
        client.sendall(line)


def gives_up_after_a_second(client):
    client.settimeout(1)
    echo(client)


def loses_the_rest(client):
    """With a send buffer so small that every message of some KiB is sent in part."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    client.setblocking(False)
    while True:
        select.select([client], [client], [])
        try:
            data = client.recv(65536)
            if not data:
                return
            client.send(data)
        except BlockingIOError:
            pass


def leaves_at_exit(client):
    while (data := client.recv(65536)) and data.strip() != b"exit":
        client.sendall(data)


def dies_of_half_a_character(port):
    with listen(port) as listener:
        while True:
            client, _ = listener.accept()
            with client:
                while data := client.recv(65536):
                    client.sendall(data.decode().encode())


def serves_three_clients(port):
    with listen(port) as listener:
        for _ in range(3):
            client, _ = listener.accept()
            with client:
                echo(client)
        signal.pause()


def sends_an_old_tail():
    last = b""

    def change(data):
        nonlocal last
        last = data + last[len(data):]
        return last

    return change


# --- concurrency and fairness -------------------------------------------------------------------


def select_loop(port, serve, most=None, listener_last=False, first_only=False, blocking_listener=True):
    """One thread, select, blocking clients; serve(client) is False when the client has left."""
    listener = listen(port)
    listener.setblocking(blocking_listener)
    clients = []
    while True:
        readable, _, _ = select.select([listener] + clients, [], [])
        ready = [client for client in clients if client in readable]
        if listener in readable and not (listener_last and ready):
            new = listener.accept()[0]
            clients.append(new)
            if most is not None and len(clients) > most:
                clients.remove(new)
                new.detach()
        for client in ready[:1] if first_only else ready:
            if not serve(client):
                clients.remove(client)
                client.close()


def echo_once(client):
    try:
        data = client.recv(65536)
        client.sendall(data)
        return bool(data)
    except OSError:
        return False


def echo_whole_line(client):
    try:
        data = client.recv(65536)
        while data and not data.endswith(b"\n"):
            more = client.recv(65536)
            if not more:
                return False
            data += more
        client.sendall(data)
        return bool(data)
    except OSError:
        return False


def reads_all_then_answers_all(port):
    """What was read last is in the one buffer when the answers are sent."""
    listener = listen(port)
    clients = []
    while True:
        readable, _, _ = select.select([listener] + clients, [], [])
        sizes = {}
        for client in readable:
            if client is listener:
                clients.append(listener.accept()[0])
                continue
            try:
                buffer = client.recv(65536)
            except OSError:
                buffer = b""
            sizes[client] = len(buffer)
        for client, size in sizes.items():
            if not size:
                clients.remove(client)
                client.close()
            else:
                client.sendall(buffer[:size])


def accepts_one_per_edge(port):
    listener = listen(port)
    epoll = select.epoll()
    epoll.register(listener, select.EPOLLIN | select.EPOLLET)
    clients = {}
    while True:
        for fd, _ in epoll.poll():
            if fd == listener.fileno():
                client, _ = listener.accept()
                clients[client.fileno()] = client
                epoll.register(client, select.EPOLLIN)
            elif not echo_once(clients[fd]):
                epoll.unregister(fd)
                clients.pop(fd).close()


def forgets_another_when_one_leaves(port):
    """set[i] = set[--count], with the one that was moved never looked at again."""
    listener = listen(port)
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    clients = {}
    while True:
        for fd, _ in poll.poll():
            if fd == listener.fileno():
                client, _ = listener.accept()
                clients[client.fileno()] = client
                poll.register(client, select.POLLIN)
            elif fd in clients and not echo_once(clients[fd]):
                poll.unregister(fd)
                clients.pop(fd).close()
                try:
                    poll.unregister(next(iter(clients)))
                except (KeyError, StopIteration):
                    pass


# --- lifecycle ----------------------------------------------------------------------------------


def deaf(port):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    thread_for_each(port, echo)


def children_keep_the_port(port):
    """A child for each client, which inherits the listener and outlives its parent."""
    listener = listen(port)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        client, _ = listener.accept()
        if os.fork() == 0:
            echo(client)
            os._exit(0)
        client.close()


def on_bind_error(react):
    def run(port):
        try:
            thread_for_each(port, echo)
        except OSError:
            react()

    return run


def elsewhere(port):
    try:
        listener = listen(port)
    except OSError:
        listener = listen(0)
    while True:
        client, _ = listener.accept()
        with client:
            echo(client)


def spins(port):
    with listen(port):
        while True:
            pass


def shares_the_port(port):
    """No defect, but not what lifecycle/port-in-use is about."""
    listener = listen(port, share=True)
    while True:
        client, _ = listener.accept()
        with client:
            echo(client)


def ends_with_five(port):
    signal.signal(signal.SIGTERM, lambda *_: os._exit(5))
    thread_for_each(port, echo)


def late(port):
    """Looks every other second whether it was told to stop, and lets its client finish first."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    threading.Thread(target=thread_for_each, args=(port, echo), daemon=True).start()
    while not stop.is_set():
        time.sleep(2)


# --- strategy -----------------------------------------------------------------------------------


def blocking_send_with_timer(port):
    """Blocking clients, and a timer that has something to do a fifth of the time, also in the midst of a send."""

    def work(*_):
        end = time.monotonic() + 0.001
        while time.monotonic() < end:
            pass

    signal.signal(signal.SIGALRM, work)
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    select_loop(port, echo_once, blocking_listener=False)


def threads_that_splice(port):
    """No defect: the bytes of each client go through a pipe, and never through the process."""

    def serve(client):
        into, out_of = reversed(os.pipe())
        try:
            while count := os.splice(client.fileno(), into, 65536):
                while count:
                    count -= os.splice(out_of, client.fileno(), count)
        finally:
            os.close(into)
            os.close(out_of)

    thread_for_each(port, serve)


def threads_with_timers(port):
    """No defect: each client's thread has something to do now and then."""

    def serve(client):
        client.settimeout(0.004)
        while True:
            try:
                data = client.recv(65536)
            except TimeoutError:
                end = time.thread_time() + 0.002
                while time.thread_time() < end:
                    pass
                continue
            if not data:
                return
            client.sendall(data)

    thread_for_each(port, serve)


def pool_of_two(port):
    """Two threads, each with a poll of its own; newcomers are dealt out to them in turn."""

    def serve(wake, newcomers):
        clients = {}
        poll = select.poll()
        poll.register(wake, select.POLLIN)
        while True:
            for fd, _ in poll.poll():
                if fd == wake.fileno():
                    wake.recv(1)
                    client = newcomers.pop(0)
                    clients[client.fileno()] = client
                    poll.register(client, select.POLLIN)
                elif data := clients[fd].recv(65536):
                    clients[fd].sendall(data)
                else:
                    poll.unregister(fd)
                    clients.pop(fd).close()

    pool = []
    for _ in range(2):
        near, far = socket.socketpair()
        newcomers = []
        threading.Thread(target=serve, args=(far, newcomers), daemon=True).start()
        pool.append((near, newcomers))
    listener = listen(port)
    while True:
        for wake, newcomers in pool:
            newcomers.append(listener.accept()[0])
            wake.send(b"!")


# --- disconnect ---------------------------------------------------------------------------------


def keeps_a_descriptor(after):
    """One for each n-th client, as many as `after` says: n, and how many at most."""
    step, most = after
    came, kept = 0, []

    def serve(client):
        nonlocal came
        came += 1
        if came % step == 0 and len(kept) < most:
            kept.append(os.dup(0))
        echo(client)

    return lambda port: thread_for_each(port, serve)


DEFECTS = {
    "keeps-one-of-100": keeps_a_descriptor((100, 1000)),
    "keeps-one-of-1": keeps_a_descriptor((1, 100_000)),
    "has-a-growing-pool": keeps_a_descriptor((700, 2)),
    "greets": lambda port: thread_for_each(port, greets),
    "answers-once": lambda port: thread_for_each(port, answers_once),
    "waits-for-newline": lambda port: thread_for_each(port, waits_for_newline),
    "gives-up-after-a-second": lambda port: thread_for_each(port, gives_up_after_a_second),
    "loses-the-rest": lambda port: thread_for_each(port, loses_the_rest),
    "leaves-at-exit": lambda port: thread_for_each(port, leaves_at_exit),
    "says-more": answering(lambda data: data + b"!"),
    "ends-at-nul": answering(lambda data: data.split(b"\0")[0]),
    "replaces-bad-text": answering(lambda data: data.decode(errors="replace").encode()),
    "strips-lines": answering(lambda data: data.rstrip(b"\r\n") or b" "),
    "upper-case": answering(bytes.upper),
    "loses-the-last-of-1024": answering(lambda data: data[:1023] if len(data) == 1024 else data),
    "sends-an-old-tail": answering(sends_an_old_tail()),
    "dies-of-half-a-character": dies_of_half_a_character,
    "serves-three-clients": serves_three_clients,
    "whole-lines": lambda port: select_loop(port, echo_whole_line),
    "ten-clients": lambda port: select_loop(port, echo_once, most=10),
    "five-hundred-clients": lambda port: select_loop(port, echo_once, most=500),
    "blocking-send-with-timer": blocking_send_with_timer,
    "blocking-send": lambda port: select_loop(port, echo_once),
    "reads-all-then-answers-all": reads_all_then_answers_all,
    "accepts-one-per-edge": accepts_one_per_edge,
    "accepts-when-idle": lambda port: select_loop(port, echo_once, listener_last=True),
    "first-ready-only": lambda port: select_loop(port, echo_once, first_only=True),
    "forgets-another": forgets_another_when_one_leaves,
    "no-reuse": lambda port: thread_for_each(port, echo, reuse=False),
    "deaf": deaf,
    "backlog-of-one": lambda port: thread_for_each(port, echo, backlog=1),
    "children-keep-the-port": children_keep_the_port,
    "silent-failure": on_bind_error(lambda: os._exit(1)),
    "cheerful-failure": on_bind_error(lambda: print("port in use", flush=True)),
    "stays-without-port": on_bind_error(signal.pause),
    "elsewhere": elsewhere,
    "spins": spins,
    "shares-the-port": shares_the_port,
    "ends-with-five": ends_with_five,
    "late": late,
    "threads-that-splice": threads_that_splice,
    "threads-with-timers": threads_with_timers,
    "pool-of-two": pool_of_two,
    "never-listens": lambda port: signal.pause(),
    "exits": lambda port: sys.exit("no configuration file"),
}

DEFECTS[sys.argv[1]](int(sys.argv[2]))
