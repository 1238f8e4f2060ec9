"""Free ports, and ports that nobody answers at."""

import socket
from contextlib import contextmanager


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def dead_port():
    """A port that refuses every connection while this lasts: it is bound, so no other test's server takes it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
