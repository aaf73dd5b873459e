"""A burst of messages from another process, as fast as it can send: each one is applied, or named as refused; none is merely gone."""

import os
import socket
import time

from chronus import limits
from chronus.control.journal import entries
from chronus.control.session import journal_path
from chronus.doors.osc.codec import decode, encode
from chronus.proof.bench.engine import Measured, engine
from chronus.faces.progress import bar

MESSAGES = 20_000
ADDRESS = "/mod/sine/freq"
SETTLED_SECONDS = 30.0                   # the whole burst is applied or refused long before
ASK_SECONDS = 0.25                       # how often the engine is asked whether it is through


def measure(lead: int, messages: int = MESSAGES) -> dict:
    """Counts what was applied (in the journal) and what was named (`/fail ... busy ... count`); `ok` if that is all of it."""
    datagrams = [encode(ADDRESS, (20.0 + number / 4,)) for number in range(messages)]        # rising, so that the order can be seen
    with engine(lead) as own, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limits.INBOX_BYTES)
        door.connect((own.host, own.port))
        actor = f"osc:127.0.0.1:{door.getsockname()[1]}"
        began, (child, report) = time.monotonic(), start_sender(door, datagrams)
        with bar("burst"):
            refused, settled = answers(door, child)
        seconds = time.monotonic() - began
        found = [line.args[0] for line in entries(journal_path(own.session)) if line.actor == actor and line.command == ADDRESS]
        lost, in_order = messages - len(found) - refused, found == sorted(set(found))
        return {"messages": messages, "applied": len(found), "refused": refused, "lost": lost, "in_order": in_order, "settled": settled,
                "sent_per_second": round(messages / said_by_sender(report)), "handled_per_second": round(messages / seconds),
                "dropped_by_the_kernel": dropped_by_the_kernel(own), "lead": lead, "ok": lost == 0 and settled and in_order}


def start_sender(door: socket.socket, datagrams: list[bytes]) -> tuple[int, int]:
    """A process of its own that sends everything at once: its pid, and a pipe in which it says how many seconds that took."""
    report, ours = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            began, send = time.monotonic(), door.send
            for datagram in datagrams:
                send(datagram)
            os.write(ours, repr(time.monotonic() - began).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(ours)
    return child, report


def said_by_sender(report: int) -> float:
    """The number that the sender wrote. Raises RuntimeError where it failed."""
    with open(report, "rb") as pipe:
        text = pipe.read()
    if not text:
        raise RuntimeError("the sending process failed: the engine went away")
    return float(text)


def answers(door: socket.socket, child: int) -> tuple[int, bool]:
    """How many messages were refused by name, read until the engine says that it is through; and whether it said so."""
    refused, deadline, asked, sending = 0, time.monotonic() + SETTLED_SECONDS, 0.0, True
    door.settimeout(ASK_SECONDS)
    while time.monotonic() < deadline:
        sending = sending and os.waitpid(child, os.WNOHANG)[0] == 0
        if not sending and time.monotonic() - asked > ASK_SECONDS:
            asked = time.monotonic()
            door.send(encode("/sync", (1,)))
        try:
            (message,) = decode(door.recv(limits.DATAGRAM_BYTES))
        except TimeoutError:
            continue
        if message.address == "/synced":
            return refused, True
        if message.address == "/fail" and message.args[:2] == (ADDRESS, "busy"):
            refused += message.args[3] if len(message.args) > 3 else 1
    return refused, False


def dropped_by_the_kernel(own: Measured) -> int:
    """Datagrams that found the engine's socket full: what a reader that is too slow loses without anybody's knowing."""
    with open("/proc/net/udp") as table:
        return sum(int(row.split()[-1]) for row in table.readlines()[1:] if int(row.split()[1].rpartition(":")[2], 16) == own.port)
