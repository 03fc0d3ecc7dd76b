"""A server that serves one client after the other: correct as far as that goes.

usage: one_by_one.py PORT
"""
import socket
import sys

with socket.socket() as listener:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1])))
    listener.listen()
    while True:
        client, _ = listener.accept()
        with client:
            try:
                while data := client.recv(4096):
                    client.sendall(data)
            except OSError:
                pass
