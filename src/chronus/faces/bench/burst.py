"""A burst of messages from another process, as fast as it can send: each one is applied, or named as refused; none is merely gone."""

import os
import socket
import time

from chronus import limits
from chronus.control.journal import entries
from chronus.control.session import journal_path
from chronus.doors.osc.codec import decode, encode
from chronus.faces.bench.engine import Measured, engine
from chronus.faces.progress import bar

MESSAGES = 20_000
ADDRESS = "/mod/sine/freq"
SETTLED_SECONDS = 30.0                   # the whole burst is applied or refused long before
ASK_SECONDS = 0.25                       # how often the engine is asked whether it is through


def measure(lead: int, messages: int = MESSAGES) -> dict:
    """Counts what was applied (in the journal) and what was named (`/fail ... busy ... count`); `ok` if that is all of it."""
    with engine(lead) as own, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door, bar("burst"):
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limits.INBOX_BYTES)
        door.connect((own.host, own.port))
        actor = f"osc:127.0.0.1:{door.getsockname()[1]}"
        began = time.monotonic()
        send_seconds = send_all(door, messages)
        refused, settled = answers(door)
        seconds = time.monotonic() - began
        found = [line.args[0] for line in entries(journal_path(own.session)) if line.actor == actor and line.command == ADDRESS]
        lost = messages - len(found) - refused
        return {"messages": messages, "applied": len(found), "refused": refused, "lost": lost, "in_order": found == sorted(set(found)),
                "settled": settled, "sent_per_second": round(messages / send_seconds), "handled_per_second": round(messages / seconds),
                "dropped_by_the_kernel": dropped_by_the_kernel(own), "lead": lead,
                "ok": lost == 0 and settled and found == sorted(set(found))}


def send_all(door: socket.socket, messages: int) -> float:
    """Sends the burst from a process of its own; how long that took, in seconds. The values rise, so that order can be seen."""
    datagrams = [encode(ADDRESS, (20.0 + number / 4,)) for number in range(messages)]
    began, child = time.monotonic(), os.fork()
    if child == 0:
        send, status = door.send, 1
        try:
            for datagram in datagrams:
                send(datagram)
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1] != 0:
        raise OSError("the sending process failed; is the engine still there?")
    return time.monotonic() - began


def answers(door: socket.socket) -> tuple[int, bool]:
    """How many messages were refused by name, read until the engine says that it is through; and whether it said so."""
    refused, deadline, asked = 0, time.monotonic() + SETTLED_SECONDS, 0.0
    door.settimeout(ASK_SECONDS)
    while time.monotonic() < deadline:
        if time.monotonic() - asked > ASK_SECONDS:
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
