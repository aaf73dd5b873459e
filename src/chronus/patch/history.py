"""The history of a session's patch: what was committed, by whom and when, and the way back and forth through it."""

import json
from dataclasses import asdict, dataclass

from chronus import limits
from chronus.patch.difference import difference, summary
from chronus.patch.errors import PatchError
from chronus.patch.graph import Patch


@dataclass(frozen=True)
class Commit:
    """One patch that was played from `frame` on. `number` counts from 1 on and is never given again; `data` is the patch as JSON data."""

    number: int
    hash: str
    who: str
    frame: int
    summary: str
    data: dict

    @property
    def size(self) -> int:
        """Characters as JSON."""
        return len(json.dumps(asdict(self)))


class History:
    """The last commits, at most `limit` of them and limits.HISTORY_BYTES as JSON (the one that plays is always kept)."""

    def __init__(self, limit: int = limits.HISTORY_COMMITS):
        self.limit, self.commits, self.sizes, self.position, self.patch = limit, [], [], -1, None
        self.seen = -1                  # the frame of the last commit that it knows of, steps too

    def add(self, patch: Patch, who: str, frame: int) -> None:
        """Notes that `patch` plays from `frame` on. What had been undone can be redone no more."""
        try:
            told = summary(difference(self.current, patch)) if self.commits else "the beginning"
        except PatchError:              # its modules have changed since
            told = "what played before cannot be read any more"
        commit = Commit(self.number + 1, patch.hash(), who, int(frame), told, patch.as_dict())
        del self.commits[self.position + 1:], self.sizes[self.position + 1:]
        self.commits.append(commit)
        self.sizes.append(commit.size)
        self.position, self.patch = len(self.commits) - 1, patch
        while len(self.commits) > max(1, self.limit) or (sum(self.sizes) > limits.HISTORY_BYTES and len(self.commits) > 1):
            del self.commits[0], self.sizes[0]
            self.position -= 1

    @property
    def current(self) -> Patch | None:
        """The patch that plays, as it was committed; None before the first. After `from_data` it is read at its first use."""
        if self.patch is None and self.commits:
            self.patch = Patch.from_dict(self.commits[self.position].data)
        return self.patch

    @property
    def number(self) -> int:
        """The number of the commit that plays; 0 before the first."""
        return self.commits[self.position].number if self.commits else 0

    def back_to(self, number: int) -> None:
        """The commit with this number plays still, since a step from it was refused; where it is gone nothing changes."""
        for i, commit in enumerate(self.commits):
            if commit.number == number:
                self.position, self.patch = i, None

    def step_to(self, patch: Patch) -> bool:
        """Whether this is the commit that plays or its neighbour, which plays from now on."""
        for i in (self.position, self.position + 1, self.position - 1):
            if 0 <= i < len(self.commits) and self.commits[i].hash == patch.hash():
                self.position, self.patch = i, patch
                return True
        return False

    def refresh(self, patch: Patch) -> None:
        """The patch that plays with its knobs where they stand now: what `undo` of the next commit goes back to."""
        if self.commits:
            old = self.commits[self.position]
            self.commits[self.position] = Commit(old.number, patch.hash(), old.who, old.frame, old.summary, patch.as_dict())
            self.sizes[self.position], self.patch = self.commits[self.position].size, patch

    def undo(self) -> Patch:
        """Steps back; the patch that played before. Raises PatchError. Should it not come to play, `redo` steps forth again."""
        return self._step(-1, "there is nothing to undo: this is as far back as the history goes")

    def redo(self) -> Patch:
        """Steps forth; the patch that was undone last. Raises PatchError."""
        return self._step(1, "there is nothing to redo: only what was undone can be, until the next commit")

    def rows(self) -> list[dict]:
        """The commits for a listing, the oldest first: number, hash (its first 8 digits), who, frame, summary, current."""
        return [{"number": c.number, "hash": c.hash[:8], "who": c.who, "frame": c.frame, "summary": c.summary,
                 "current": i == self.position} for i, c in enumerate(self.commits)]

    def as_data(self) -> dict:
        """The whole as JSON data."""
        return {"position": self.position, "seen": self.seen, "commits": [asdict(commit) for commit in self.commits]}

    @classmethod
    def from_data(cls, data, limit: int = limits.HISTORY_COMMITS) -> "History":
        """Reads what `as_data` gave. Raises PatchError for anything else; the patches are checked when they are stepped to."""
        kinds, history = Commit.__annotations__, cls(limit)
        try:
            commits = [Commit(**row) for row in data["commits"][-max(1, limit):]]
            position = data["position"] - (len(data["commits"]) - len(commits))
            good = type(data["position"]) is int and (0 <= position < len(commits) or (position, commits) == (-1, []))
            if not good or any(type(getattr(c, name)) is not kind for c in commits for name, kind in kinds.items()):
                raise TypeError
            sizes, seen = [commit.size for commit in commits], data.get("seen", max((commit.frame for commit in commits), default=-1))
            if type(seen) is not int:
                raise TypeError
        except (TypeError, KeyError, AttributeError, ValueError, RecursionError):
            raise PatchError("this is no history of patches; begin a new one") from None
        if len(commits) > 1 and sum(sizes) > limits.HISTORY_BYTES:
            raise PatchError(f"the history is larger than {limits.HISTORY_BYTES >> 20} MiB; begin a new one", "too-large")
        history.commits, history.sizes, history.position, history.seen = commits, sizes, position, seen
        return history

    def _step(self, way: int, nothing: str) -> Patch:
        target = self.position + way
        if not self.commits or not 0 <= target < len(self.commits):
            raise PatchError(nothing, "state")
        patch = Patch.from_dict(self.commits[target].data)
        self.position, self.patch = target, patch
        return patch
