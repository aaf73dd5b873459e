"""What has a time tag and is none of the log's: control keeps it until its block is the next to be played, and then does it as if it had just come."""
from heapq import heappop, heappush

from chronus import limits
from chronus.control.commands import Refusal
from chronus.doors.osc.codec import Message
from chronus.shared import layout as at

NEAR_SECONDS = 0.1


class Later:
    """`waiting` are (frame, number, sender, message), the next first. [control]"""

    def __init__(self, control):
        self.control, self.memory, self.waiting, self.number = control, control.memory, [], 0

    def keep(self, frame: int, sender, message: Message) -> None:
        """Keeps a command for a frame. Raises Refusal."""
        if len(self.waiting) >= limits.SCHEDULE_ENTRIES:
            raise Refusal("busy", f"{limits.SCHEDULE_ENTRIES} such commands wait for their time already; send this one nearer to its own")
        self.number += 1
        heappush(self.waiting, (frame, self.number, sender, message._replace(tag=None)))

    def turn(self) -> None:
        """Does what is due, in the order of its frames."""
        behind = self.control.next_block()
        while self.waiting and self.waiting[0][0] < behind:
            _, _, sender, message = heappop(self.waiting)
            self.control.answer(sender, message)

    def is_near(self) -> bool:
        """Whether something is due so soon that nobody should sleep long."""
        return bool(self.waiting) and self.waiting[0][0] < self.memory[at.PLAYED] * self.memory[at.H_BLOCK] + NEAR_SECONDS * self.memory[at.H_RATE]

    def forget(self) -> None:
        """A panic: nothing waits any more."""
        for _, _, sender, message in self.waiting:
            self.control.refuse(sender, message.address, "state", "a /panic forgot what waited; send it again")
        self.waiting.clear()
