"""The reader: native code that empties the socket into a ring as fast as datagrams come, so that a burst waits for Python here and not in the kernel.

One thread writes, one reads. A record is its size, the sender (a sockaddr_in of 16 bytes), the datagram, padded to 8 bytes.
"""
import ctypes
import mmap
import socket
import struct
import threading

from chronus.limits import DATAGRAM_BYTES, INBOX_BYTES
from chronus.native import words
from chronus.native.build import native
from chronus.native.words import copy, load, load_acquire, receive, store, store_release, wait, wake

HEAD, TAIL, DROPPED, SENDER_SIZE, SENDER, SCRATCH, RING = 0, 64, 128, 192, 256, 320, 16_384
RECORD_HEADER, SENDER_BYTES = 24, 16
SIGNATURE = "void(int64, intp)"
WAIT_SIGNATURE = "void(intp, int64, int64)"
SIZE = RING + INBOX_BYTES


def put(memory, position, source, count):
    """Copies into the ring, round its end."""
    at = position % INBOX_BYTES
    first = min(count, INBOX_BYTES - at)
    copy(memory + RING + at, source, first)
    if first < count:
        copy(memory + RING, source + first, count - first)


def run_reader(socket_number, memory):
    """Reads datagrams until the socket closes; what finds no room is counted. A datagram that is too long arrives one byte too long."""
    while True:
        store(memory + SENDER_SIZE, SENDER_BYTES)
        size = receive(socket_number, memory + SCRATCH + RECORD_HEADER, DATAGRAM_BYTES + 1, memory + SENDER, memory + SENDER_SIZE)
        if size < 0:
            return
        store(memory + SCRATCH, size)
        copy(memory + SCRATCH + 8, memory + SENDER, SENDER_BYTES)
        head = load(memory + HEAD)
        count = (RECORD_HEADER + size + 7) // 8 * 8
        if head + count - load_acquire(memory + TAIL) > INBOX_BYTES:
            store_release(memory + DROPPED, load(memory + DROPPED) + 1)
        else:
            put(memory, head, memory + SCRATCH, count)
            store_release(memory + HEAD, head + count)
            wake(memory + HEAD)


def wait_for(address, seen, nanoseconds):
    """Sleeps until the word changes, without the interpreter lock."""
    wait(address, seen, nanoseconds)


class Reader:
    """The reading end: `take` gives what has arrived. [control]"""

    def __init__(self, door: socket.socket):
        self.map = mmap.mmap(-1, SIZE)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        self.wait_native = native(wait_for, WAIT_SIGNATURE)
        run = native(run_reader, SIGNATURE)
        threading.Thread(target=run, args=(door.fileno(), self.address), daemon=True).start()

    @property
    def dropped(self) -> int:
        """Datagrams that found no room here."""
        return words.load_acquire(self.address + DROPPED)

    def take(self, budget: int) -> list[tuple[tuple[str, int], bytes]]:
        """At most `budget` pairs of sender (host, port) and datagram."""
        head, tail = words.load_acquire(self.address + HEAD), words.load_acquire(self.address + TAIL)
        found = []
        while tail < head and len(found) < budget:
            record = self._get(tail, RECORD_HEADER)
            (size,), (port, host) = struct.unpack_from("<q", record), struct.unpack_from("!H4s", record, 10)
            found.append(((socket.inet_ntoa(host), port), self._get(tail + RECORD_HEADER, size)))
            tail += (RECORD_HEADER + size + 7) // 8 * 8
        words.store_release(self.address + TAIL, tail)
        return found

    def _get(self, position: int, count: int) -> bytes:
        at = RING + position % INBOX_BYTES
        first = min(count, SIZE - at)
        content = self.map[at:at + first]
        return content if first == count else content + self.map[RING:RING + count - first]

    def sleep(self, seconds: float) -> None:
        """Until a datagram arrives, at most `seconds`."""
        head = words.load_acquire(self.address + HEAD)
        if head == words.load_acquire(self.address + TAIL):
            self.wait_native(self.address + HEAD, head, int(seconds * 1e9))

