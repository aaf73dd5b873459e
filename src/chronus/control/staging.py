"""What clients have edited and not committed: a working patch for each of them, and the edits it came from.

A client's edits begin from the patch that plays at its first one. When another commit has landed in between, they are made again on
the patch that plays now. They stay until a commit of them is settled, so a commit that is refused loses nothing.
"""
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from chronus import limits
from chronus.control.staged_file import StagedFile
from chronus.patch.edits import EDITS
from chronus.patch.errors import PatchError
from chronus.patch.graph import Patch


class Edit(NamedTuple):
    """One edit: its number among all of the session, the verb (a key of EDITS), the arguments as they were given."""

    serial: int
    verb: str
    args: tuple

    def __str__(self) -> str:
        return " ".join(map(str, (f"/patch/{self.verb}", *self.args)))


class Taken(NamedTuple):
    """What a commit takes: the patch to compile, the edits it came from, the patch they began from, the last edit's number."""

    patch: Patch
    edits: tuple[Edit, ...]
    base: Patch
    serial: int


@dataclass
class Staged:
    """The edits of one client. `patch` is `base` with all of them, or None before that is worked out; `touched` is when the last came."""

    edits: list[Edit] = field(default_factory=list)
    base: Patch | None = None
    patch: Patch | None = None
    touched: float = 0.0


class Staging:
    """Staged edits by client (a text such as "osc:127.0.0.1:40212"), the longest untouched first: at most limits.CLIENTS of them,
    limits.STAGED_EDITS for each. With `file`, what its last owner had staged is there again. [control]
    """

    def __init__(self, file: StagedFile | None = None, clock=time.monotonic):
        self.file, self.clock, self.clients, self.serial, self.behind = file, clock, {}, 0, False
        self.played: dict[str, int] = {}    # of clients, the newest last: the number of the last edit that is in the patch
        self.owed: set[str] = set()         # the clients of whose edits some are in the patch, and still in the file
        for serial, client, *edit in file.read() if file else ():
            self.serial = max(self.serial, serial)
            if not edit:
                self._forget(client, serial)
            elif isinstance(edit[0], str) and edit[0] in EDITS:
                self.clients.setdefault(client, Staged(touched=clock())).edits.append(Edit(serial, edit[0], tuple(edit[1:])))

    def count(self, client: str) -> int:
        """How many edits a client has staged."""
        return len(self.clients[client].edits) if client in self.clients else 0

    def working(self, client: str, current: Patch) -> Patch:
        """The patch as this client has edited it; `current` where it has not. Raises PatchError as `take` does."""
        if client not in self.clients:
            return current
        return self._built(self.clients[client], current).patch

    def edit(self, client: str, current: Patch, verb: str, *args) -> tuple:
        """Makes one edit, a key of patch.edits.EDITS, and keeps it. Returns its answer.

        Raises PatchError, or OSError when it cannot be kept: nothing has changed then.
        """
        staged = self.clients.get(client) or self._admit(current)
        if len(staged.edits) >= limits.STAGED_EDITS:
            raise PatchError(f"{limits.STAGED_EDITS} edits are staged; /patch/commit plays them, /patch/abort forgets them", "busy")
        patch, answer = EDITS[verb](self._built(staged, current).patch, *args)
        edit = Edit(self.serial + 1, verb, args)
        self._keep([edit.serial, client, verb, *args])
        self.serial, staged.patch, staged.touched = edit.serial, patch, self.clock()
        staged.edits.append(edit)
        self.clients.pop(client, None)
        self.clients[client] = staged
        return answer

    def last(self, client: str) -> int:
        """The number of a client's last edit, 0 where nothing is staged."""
        return self.clients[client].edits[-1].serial if client in self.clients else 0

    def take(self, client: str, current: Patch, earlier: tuple[Edit, ...] | None = None) -> Taken:
        """What a commit of this client plays, on top of `current`: what is staged, or, of what was when it was sent, what no `earlier` commit has
        played. They stay staged until `play`; more may come meanwhile.

        Raises PatchError: code "state" where nothing is staged, or where an edit no longer fits after the commit of another client.
        """
        staged = self.clients.get(client)
        if earlier is not None and (staged is None or tuple(staged.edits) != earlier):
            staged = Staged([edit for edit in earlier if edit.serial > self.played.get(client, 0)])
        if staged is None or not staged.edits:
            raise PatchError("nothing is staged by this sender; /patch/create, connect, disconnect, set and delete come first, "
                             "from the same address and port", "state")
        staged = self._built(staged, current, afresh=True)
        return Taken(staged.patch, tuple(staged.edits), staged.base, staged.edits[-1].serial)

    def play(self, client: str, serial: int) -> None:
        """The edits of a client up to `serial` are in the patch that plays from now on, and no longer staged; the file has them until `settle`."""
        if self._forget(client, serial):
            self.owed.add(client)
        if serial:
            self.played.pop(client, None)
            self.played[client] = serial
            while len(self.played) > limits.CLIENTS:
                del self.played[next(iter(self.played))]

    def settle(self, client: str, serial: int) -> None:
        """The journal has the commit of a client's edits up to `serial`. Call it once more at a start, with the journal's last commit: what a
        kill left in between is then not made twice.
        """
        self.serial = max(self.serial, serial)
        if self._forget(client, serial) or client in self.owed:
            self.owed.discard(client)
            self._write_off(client, serial)

    def abort(self, client: str) -> int:
        """Forgets the edits of a client. Returns how many there were."""
        count = self.count(client)
        self._drop(client, self.serial)
        return count

    def _admit(self, current: Patch) -> Staged:
        """Room for one more client."""
        if len(self.clients) >= limits.CLIENTS:
            oldest = next(iter(self.clients))
            if self.clock() - self.clients[oldest].touched < limits.STAGED_SECONDS:
                raise PatchError(f"{limits.CLIENTS} senders have edits staged; send yours from one of them, or try again when one has sent "
                                 f"/patch/commit or /patch/abort, at the latest in {limits.STAGED_SECONDS // 60} minutes", "busy")
            self.abort(oldest)
        return Staged([], current, current)

    def _built(self, staged: Staged, current: Patch, afresh: bool = False) -> Staged:
        """Makes the edits on `current` where that was not done yet, or, `afresh`, where they were made on a patch that plays no more."""
        if staged.patch is not None and (staged.base is current or not afresh):
            return staged
        patch = current
        for number, edit in enumerate(staged.edits, 1):
            try:
                patch, _ = EDITS[edit.verb](patch, *edit.args)
            except (PatchError, TypeError) as error:
                raise PatchError(f"edit {number} of {len(staged.edits)}, {edit}, does not fit the patch that plays now: {error}; "
                                 "/patch/abort forgets them all", "state") from None
        staged.base, staged.patch = current, patch
        return staged

    def _forget(self, client: str, serial: int) -> bool:
        """Takes out the edits of a client up to `serial`; whether there were any."""
        staged = self.clients.get(client)
        if staged is None or staged.edits[0].serial > serial:
            return False
        staged.edits = [edit for edit in staged.edits if edit.serial > serial]
        staged.base = staged.patch = None
        if not staged.edits:
            del self.clients[client]
        return True

    def _drop(self, client: str, serial: int) -> None:
        if self._forget(client, serial):
            self._write_off(client, serial)

    def _write_off(self, client: str, serial: int) -> None:
        try:
            self._keep([serial, client])
        except OSError:
            self.behind = True              # a full disk must not hold up a commit; the next write brings the file up to date

    def _keep(self, row: list) -> None:
        """Writes a row; all of them anew where nothing is staged any more, or most of the file is about what is gone."""
        if self.file is None:
            return
        rows = sum(len(staged.edits) for staged in self.clients.values())
        if not self.behind and self.file.count <= 2 * rows + limits.STAGED_EDITS and (rows or len(row) > 2):
            self.file.append(row)
            return
        edits = sorted((edit, client) for client, staged in self.clients.items() for edit in staged.edits)
        self.file.rewrite([*([edit.serial, client, edit.verb, *edit.args] for edit, client in edits), row])
        self.behind = False
