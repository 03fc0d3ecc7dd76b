"""Counts, with callgrind, the user-space instructions that a round trip takes through Sys and without it, and fails
when the layer takes more than a thirtieth more: what it adds, a look-up in a table, it saves by calling the kernel
without the C library. Counts do not depend on how fast or how busy the machine is.

    layer_instructions.py PROGRAM       PROGRAM is layer.cc, built with optimization
"""
import os
import re
import socket
import subprocess
import sys
import tempfile

FEW, MANY = 500, 2500  # messages; the difference is free of what starting costs
MOST_RATIO = 1.03
LIMIT_S = 120


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def connected(port, server):
    while server.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
        except ConnectionRefusedError:
            continue
    sys.exit(f"the server ended before it listened: {server.communicate()[1]}")


def instructions(program, how, messages, folder):
    port = free_port()
    counts = os.path.join(folder, f"{how}.{messages}")
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", program, how, str(port), str(messages)]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with connected(port, server) as client:
        for _ in range(messages):
            client.sendall(b"m" * 64)
            if len(client.recv(64, socket.MSG_WAITALL)) != 64:
                sys.exit("an echo is missing")
    server.communicate(timeout=LIMIT_S)
    with open(counts) as file:
        return int(re.search(r"^(?:summary|totals): (\d+)", file.read(), re.MULTILINE).group(1))


def per_round_trip(program, how, folder):
    few, many = (instructions(program, how, messages, folder) for messages in (FEW, MANY))
    return (many - few) / (MANY - FEW)


with tempfile.TemporaryDirectory() as folder:
    direct = per_round_trip(sys.argv[1], "direct", folder)
    through = per_round_trip(sys.argv[1], "sys", folder)
ratio = through / direct
print(f"direct {direct:.1f}, through Sys {through:.1f} instructions a round trip: {ratio:.3f} times as many")
sys.exit(0 if ratio <= MOST_RATIO else 1)
