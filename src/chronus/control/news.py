"""What happened, told to those who asked for it: to processes, to the sound, to the last commit, to modules."""

import time

from chronus.shared import layout as at
from chronus.shared.events import read_events

LOOK_SECONDS = 0.02                     # how often it is looked what became of modules and commits


class News:
    """News for the listeners of a Control. [control]"""

    def __init__(self, control):
        self.control, self.memory = control, control.memory
        self.event_number, self.underruns, self.looked = self.memory[at.EVENT_HEAD], self.memory[at.UNDERRUNS], 0.0

    def tell(self, address: str, *args) -> None:
        """One message to all who listen."""
        for listener in self.control.clients.listeners():
            self.control.send(listener, address, *args)

    def turn(self) -> None:
        """What is new since the last turn."""
        found, self.event_number = read_events(self.memory, self.event_number)
        for event in found:
            self.tell("/" + event.name, event.frame, event.text)
        if time.monotonic() - self.looked > LOOK_SECONDS:
            self.looked = time.monotonic()
            self.look_at_the_patch()
        underruns = self.memory[at.UNDERRUNS]
        if underruns != self.underruns:
            self.tell("/xrun", self.memory[at.PLAYED] * self.memory[at.H_BLOCK], underruns)
            self.underruns = underruns

    def look_at_the_patch(self) -> None:
        """What became of the last commit and of its modules."""
        control, frame = self.control, self.memory[at.PLAYED] * self.memory[at.H_BLOCK]
        reason = control.playing.rolled_back()
        if reason:
            control.handlers.patching.history.add(control.playing.patch, "engine", frame)
            control.handlers.patching.keep_history()
            for sender in {*control.clients.listeners(), control.committer} - {None}:
                control.send(sender, "/patch/rolled_back", frame, reason)
        for address, block, name, text in control.playing.news():
            self.tell(address, block * self.memory[at.H_BLOCK] if block is not None else frame, name, text)
