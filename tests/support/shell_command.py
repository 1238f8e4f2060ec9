"""``fangtan`` in a shell of the tests: a command that the process forks which imported everything."""

import json
import os
import socket
import sys


def main(arguments):
    """Have it run with our streams, environment and folder; return how it ended."""
    there = {name: value for name, value in os.environ.items() if name != "FANGTAN_STARTER"}
    address = os.environ["FANGTAN_STARTER"]
    order = {
        "module": "crawler", "script": None, "arguments": arguments, "environment": there, "cwd": os.getcwd(),  # noqa: PTH109 - pathlib costs a third of the start
        "memory": None, "group": False, "address": address,
    }  # fmt: skip
    line = socket.socket(socket.AF_UNIX)
    line.connect(address)
    data = json.dumps(order).encode()
    socket.send_fds(line, [len(data).to_bytes(8, "big")], [0, 1, 2])
    line.sendall(data)
    _, code = line.makefile().read().split()
    return int(code) if int(code) >= 0 else 128 - int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
