"""What the tests of the faces share: a tiny engine that answers as a script says."""

import socket
import threading

import pytest

from chronus import limits
from chronus.doors.osc import codec


class FakeEngine:
    """`answers(message)` returns what goes back for one message: a list of (address, args). `heard` keeps what came."""

    def __init__(self, answers):
        self.answers, self.heard = answers, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            data, sender = self.socket.recvfrom(limits.DATAGRAM_BYTES)
            if not data:
                return
            for message in codec.decode(data):
                answers = self.answers(message)
                if message.address == "/sync" and not any(address == "/synced" for address, _ in answers):     # how a client begins on a port that others had before
                    answers = [("/synced", message.args)]
                else:
                    self.heard.append(message)
                for address, args in answers:
                    self.socket.sendto(codec.encode(address, args), sender)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()


@pytest.fixture
def fake_engine():
    """Makes engines that answer as a function says; they end with the test."""
    engines = []

    def start(answers):
        engines.append(FakeEngine(answers))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()
