"""The queue between the socket and the commands: bounded, fair to every sender, and never deaf to the end of a note.

Each sender has a queue of its own, and the senders take turns, so that who floods waits for himself only. A datagram that finds
its sender's queue full is refused and counted, unless it ends something: a gate that closes, a note let go, `/panic`, `/record/stop`. Those
overtake the queue, and what they end must then not begin behind them: an opening of the same gate, the same note, a `/record/start`, after
`/panic` any `/gate` and `/note`, of that sender and already waiting when it was overtaken, is refused when its turn comes.
Otherwise a flood would leave a note hanging. Equal endings that wait are one ending: it is handed out once and counted for all.

At any time: pushed == taken + waiting + refused, in datagrams. Not thread-safe [control].
"""

import struct
from collections import deque

from chronus import limits

ENDINGS = limits.MODULES                 # that wait, of one sender: a gate for each module that there can be, and /panic besides
NAMED = limits.PORTS                     # addresses counted one by one, of one sender: all parameters of one module
SHARE_BYTES = limits.INBOX_BYTES // 2 // limits.CLIENTS      # every sender's own; the other half is for who comes first

_PANIC = b"/panic\0\0,\0\0\0"
_STOP = b"/record/stop\0\0\0\0,"
_STOP_BYTES = 92                         # with a name of 64 letters
_GATE, _NOTE = b"/gate/", b"/note/"
_NUMBERS = {ord("i"): "i", ord("f"): "f", ord("h"): "q", ord("d"): "d"}      # of OSC and of struct
_CLOSED = frozenset((b",F\0\0", b",i\0\0" + bytes(4), b",h\0\0" + bytes(8), b",f\0\0" + bytes(4), b",d\0\0" + bytes(8),
                     b",f\0\0\x80" + bytes(3), b",d\0\0\x80" + bytes(7)))     # false, and zero of every type and sign


class Inbox:
    """Datagrams by sender; a sender is anything that can be a key, such as (host, port)."""

    def __init__(self):
        self.pushed = 0
        self.taken = 0                   # endings that were merged count each
        self._lanes = {}                 # sender -> _Lane, limits.CLIENTS of them
        self._ready = deque()            # lanes in which something waits, in the order of their turns
        self._bytes = 0
        self._refused = {}               # sender -> {address: count}

    @property
    def waiting(self) -> int:
        """Datagrams that wait, merged ones counted each."""
        return sum(len(lane.queue) + sum(lane.endings.values()) for lane in self._lanes.values())

    def push(self, sender, datagram: bytes) -> bool:
        """Keeps a datagram for `take`; False if it was refused, which `refused` then tells."""
        self.pushed += 1
        lane = self._lanes.get(sender) or self._welcome(sender)
        if lane is None:
            self._refuse(sender, datagram)
            return False
        lane.heard = self.pushed
        queue, size = lane.queue, len(datagram)
        if len(queue) < limits.CLIENT_QUEUE and (
                self._bytes + size <= limits.INBOX_BYTES // 2 or lane.bytes + size <= SHARE_BYTES):
            if not queue and not lane.endings:
                self._ready.append(lane)
            queue.append(datagram)
            lane.bytes += size
            self._bytes += size
            return True
        if self._overtake(lane, datagram):
            return True
        self._refuse(sender, datagram)
        return False

    def take(self, budget: int) -> list[tuple]:
        """At most `budget` pairs (sender, datagram): the senders in turns, one datagram a turn, of each its endings first.

        Endings do not overtake other senders, or a flood of them would be unfair: they wait limits.CLIENTS datagrams at most.
        """
        pairs = []
        ready = self._ready
        while ready and len(pairs) < budget:
            lane = ready.popleft()
            datagram = self._next(lane)
            if datagram is not None:
                pairs.append((lane.sender, datagram))
            if lane.queue or lane.endings:
                ready.append(lane)
        return pairs

    def refused(self) -> list[tuple]:
        """(sender, address, count) of what was refused since the last call, datagrams each.

        A bundle has the address "#bundle". The address is "" for what has none, and for all beyond NAMED addresses of a sender;
        the sender is None for all beyond limits.CLIENTS senders. Strange bytes in an address are escaped: it is ASCII.
        """
        told = [(sender, address.decode("ascii", "backslashreplace"), count)
                for sender, counts in self._refused.items() for address, count in counts.items()]
        self._refused = {}
        return told

    def _welcome(self, sender):
        """A lane for a new sender, in place of the longest silent idle one; None if all are busy."""
        if len(self._lanes) >= limits.CLIENTS:
            idle = [lane for lane in self._lanes.values() if not lane.queue and not lane.endings]
            if not idle:
                return None
            del self._lanes[min(idle, key=lambda lane: lane.heard).sender]
        lane = self._lanes[sender] = _Lane(sender)
        return lane

    def _overtake(self, lane, datagram: bytes) -> bool:
        """Puts an ending before the full queue; False if it is none or if there are too many."""
        ended = _ended(datagram)
        if not ended:
            return False
        endings, overtaken = lane.endings, lane.overtaken
        if len(overtaken) >= ENDINGS and overtaken[oldest := next(iter(overtaken))] <= lane.left:
            del overtaken[oldest]        # all that it was about has left the queue
        room = (datagram in endings or len(endings) < ENDINGS) and (ended in overtaken or len(overtaken) < ENDINGS)
        if not room and datagram != _PANIC:
            return False
        if not lane.queue and not endings:
            self._ready.append(lane)
        endings[datagram] = endings.get(datagram, 0) + 1
        overtaken.pop(ended, None)       # so that the first is always the oldest
        overtaken[ended] = lane.last_overtaken = lane.left + len(lane.queue)
        return True

    def _next(self, lane):
        """The datagram whose turn it is in this lane; None if all that waited has ended before it began."""
        endings, queue = lane.endings, lane.queue
        if endings:
            datagram = next(iter(endings))
            self.taken += endings.pop(datagram)
            return datagram
        while queue:
            datagram = queue.popleft()
            lane.left += 1
            lane.bytes -= len(datagram)
            self._bytes -= len(datagram)
            if lane.overtaken and lane.has_ended(datagram):
                self._refuse(lane.sender, datagram)
                continue
            self.taken += 1
            return datagram
        return None

    def _refuse(self, sender, datagram: bytes) -> None:
        counts = self._refused.get(sender)
        if counts is None:
            counts = self._refused.setdefault(sender if len(self._refused) < limits.CLIENTS else None, {})
        address = _address(datagram)
        if address not in counts and len(counts) >= NAMED:
            address = b""
        counts[address] = counts.get(address, 0) + 1


class _Lane:
    """What waits of one sender."""

    __slots__ = ("sender", "queue", "bytes", "endings", "heard", "left", "overtaken", "last_overtaken")

    def __init__(self, sender):
        self.sender = sender
        self.queue = deque()             # limits.CLIENT_QUEUE
        self.bytes = 0                   # in the queue
        self.endings = {}                # datagram -> how many equal ones, in the order of arrival; ENDINGS, and /panic
        self.heard = 0                   # when something last arrived, in datagrams pushed
        self.left = 0                    # datagrams that have left the queue since it began
        self.overtaken = {}              # address -> which datagram of the queue is the last it ends, oldest first; as many
        self.last_overtaken = 0

    def has_ended(self, datagram: bytes) -> bool:
        """Whether the datagram that just left the queue begins what has been ended since it came."""
        if self.left > self.last_overtaken:
            self.overtaken.clear()
            return False
        begins = _note(datagram)[0] if datagram.startswith(_NOTE) else _address(datagram)
        ended_to = self.overtaken.get(begins, 0)
        if datagram.startswith((_GATE, _NOTE)):
            ended_to = max(ended_to, self.overtaken.get(b"/panic", 0))
        return self.left <= ended_to and not _ended(datagram)


def _address(datagram: bytes) -> bytes:
    return datagram[:max(0, datagram.find(0, 0, limits.OSC_ADDRESS_BYTES + 1))]


def _note(datagram: bytes) -> tuple[bytes, float]:
    """What a /note/ID NOTE VELOCITY is about, address and note, and its velocity; (b"", 1.0) for all else, as one that has a length or a name."""
    address = _address(datagram)
    place = len(address) + 4 & ~3
    tags, content = datagram[place:place + 4], datagram[place + 4:]
    letters = [_NUMBERS.get(tag) for tag in tags[1:3]]
    if address and tags[:1] == b"," and tags[3:] == b"\0" and all(letters):
        form = f">{''.join(letters)}"
        if len(content) == struct.calcsize(form):
            note, velocity = struct.unpack(form, content)
            return b"%b %r" % (address, float(note)), velocity
    return b"", 1.0


def _ended(datagram: bytes) -> bytes:
    """What this datagram ends, an address or that of a note, read from its raw bytes; empty if it is no ending."""
    if datagram.startswith(_NOTE):
        note, velocity = _note(datagram)
        return b"" if velocity else note
    if datagram.startswith(_GATE):
        address = _address(datagram)
        if address and datagram[len(address) + 4 & ~3:] in _CLOSED:
            return address
    elif datagram == _PANIC:
        return b"/panic"
    elif datagram.startswith(_STOP) and len(datagram) <= _STOP_BYTES:
        return b"/record/start"
    return b""
