"""Who talks to the engine, and what each asked for. It stands in shared memory, so a control that comes back still answers."""

import socket
from dataclasses import dataclass

from chronus import limits
from chronus.shared import layout as at
from chronus.shared.memory import Memory


NOBODY = ("0.0.0.0", 0)                 # the sender of what control does by itself


def actor_of(sender: tuple[str, int]) -> int:
    """Who said it, in one word: the address and port of a client."""
    return int.from_bytes(socket.inet_aton(sender[0]), "big") << 16 | sender[1]


def sender_of(actor: int) -> tuple[str, int]:
    """The address and port that `actor_of` was made from."""
    return socket.inet_ntoa((actor >> 16).to_bytes(4, "big")), actor & 0xFFFF


def actor_text(actor: int) -> str:
    """"osc:127.0.0.1:40212"; "control" for what control does by itself."""
    if actor == 0:
        return "control"
    host, port = sender_of(actor)
    return f"osc:{host}:{port}"


@dataclass
class Client:
    """What a sender asked for: answers to every command, news of the engine. `row` is its place in shared memory, -1 for none."""

    ack: bool = False
    notify: bool = False
    row: int = -1


class Clients:
    """At most limits.CLIENTS of them; the longest silent one that asked for nothing goes first. [control]"""

    def __init__(self, memory: Memory):
        self.memory, self.known = memory, {}
        for row in range(limits.CLIENTS):
            actor, flags = memory[self._place(row)], memory[self._place(row) + at.CLIENT_FLAGS]
            if actor:
                self.known[sender_of(actor)] = Client(bool(flags & at.ACK), bool(flags & at.NOTIFY), row)

    def __len__(self) -> int:
        return len(self.known)

    @staticmethod
    def _place(row: int) -> int:
        return at.CLIENTS + row * at.CLIENT_BYTES

    def of(self, sender) -> Client:
        """What is known of a sender."""
        client = self.known.pop(sender, None) or Client()
        self.known[sender] = client
        if len(self.known) > limits.CLIENTS:
            quiet = next((s for s, c in self.known.items() if c.row < 0 and s != sender), next(iter(self.known)))
            self._forget(self.known.pop(quiet))
        return client

    def _forget(self, client: Client) -> None:
        if client.row >= 0:
            self.memory[self._place(client.row)] = 0
            client.row = -1

    def keep(self, sender, client: Client) -> None:
        """Writes down what a client has just asked for."""
        if not client.ack and not client.notify:
            self._forget(client)
            return
        if client.row < 0:
            taken = {c.row for c in self.known.values()}
            client.row = next(row for row in range(limits.CLIENTS) if row not in taken)
        place = self._place(client.row)
        self.memory[place + at.CLIENT_FLAGS] = client.ack * at.ACK | client.notify * at.NOTIFY
        self.memory[place] = actor_of(sender)

    def listeners(self) -> list:
        """Senders that asked for news."""
        return [sender for sender, client in self.known.items() if client.notify]
