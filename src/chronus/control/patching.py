"""The commands about patches: edits are staged, commits tried and played, patches saved, loaded, compared, undone."""

import json
from dataclasses import replace
from functools import partial

from chronus.control.clients import NOBODY, actor_of, actor_text
from chronus.control.commands import TABLES, Refusal, arguments
from chronus.control.commits import Pending
from chronus.control.staging import Edit
from chronus.modules.registry import modules
from chronus.patch.difference import difference
from chronus.patch.edits import turned_by
from chronus.patch.errors import some
from chronus.patch.graph import OUT, Patch, PatchError, suggestion
from chronus.patch.history import History
from chronus.patch.library import Library
from chronus.patch.tables import known_tables, table_named
from chronus.shared import files
from chronus.shared.log import NOTHING, RETRY
from chronus.shared.program import key_of
from chronus.units import typed

EDIT_ARGUMENTS = {"create": (2, 2), "delete": (1, 1), "connect": (2, 3), "disconnect": (1, 2), "set": (3, 3)}      # how many an edit takes


def refusing(function):
    """What is wrong with a patch is a refusal of the command."""
    def carry_out(self, call, *parts):
        try:
            function(self, call, *parts)
        except PatchError as error:
            raise Refusal(error.code, str(error)) from None
        except OSError as error:
            raise Refusal("io", f"{error.filename} cannot be written ({error.strerror}); make room") from None
    return carry_out


def client_of(call) -> str:
    return actor_text(actor_of(call.sender))


def changed(old: Patch, new: Patch) -> list[tuple[str, str]]:
    """Parameters of modules that stay which stand elsewhere in `new`; a gate stays as it is played."""
    return [(id_, p.name) for id_, module in new.modules.items() if id_ in old.modules and old.modules[id_].type == module.type
            for p in module.declaration.params
            if p.unit != "gate" and module.params.get(p.name, p.default) != old.modules[id_].params.get(p.name, p.default)]


def with_values(patch: Patch, live: Patch, turned: set[tuple[str, str]]) -> Patch:
    """`patch` with the knobs of modules that stay where they stand now, except those that are `turned`."""
    found = {}
    for id_, module in patch.modules.items():
        params = dict(module.params)
        if id_ in live.modules and live.modules[id_].type == module.type:
            own = {name: value for name, value in module.params.items() if (id_, name) in turned}
            params = {name: value for name, value in live.modules[id_].params.items() if (id_, name) not in turned} | own
        found[id_] = replace(module, params=params)
    return patch.changed(found, patch.cables)


def as_set(patch: Patch, id_: str, name: str, value) -> tuple:
    """The arguments of a setting as they are staged: for a table the name of what is there, for a knob that is called like one a number
    that came as text. Raises PatchError.
    """
    declaration = patch.modules[id_].declaration if id_ in patch.modules else None
    if declaration and isinstance(name, str) and declaration.table(name):
        value = table_named(value)
    elif declaration and name in TABLES and isinstance(value, str):
        value = typed(value)
    return id_, name, value


class Patching:
    """One method a row of the table. `engine` is the Control."""

    def __init__(self, engine):
        self.engine, self.library = engine, Library()
        self.history_path = engine.folder / "history.json"
        self.history = self.recalled()

    # edits

    @refusing
    def edit(self, call):
        verb = call.address.rpartition("/")[2]
        args = arguments(call.command, call.args, *EDIT_ARGUMENTS[verb])
        if verb == "set":
            args = as_set(self.engine.staging.working(client_of(call), self.engine.playing.patch), *args)
        try:
            answer = self.engine.staging.edit(client_of(call), self.engine.playing.patch, verb, *args)
        except PatchError as error:
            why_not = self.engine.own.why_not(str(args[1])) if error.code == "unknown-type" else None
            if why_not is None:
                raise
            raise PatchError(why_not, "state") from None
        call.done(call.now, *answer, always=True)

    def abort(self, call):
        arguments(call.command, call.args, 0, 0)
        call.done(call.now, self.engine.staging.abort(client_of(call)), always=True)

    @refusing
    def commit(self, call):
        arguments(call.command, call.args, 0, 0)
        client = client_of(call)
        try:
            edits = self.engine.staging.take(client, self.engine.playing.patch).edits       # what does not fit is said at once,
        except PatchError as error:
            if not self.engine.commit_is_undecided():
                raise
            call.log(NOTHING, 0, 0.0, then=lambda frame, code=error.code, why=str(error): call.fail(code, why))      # or behind the answer of a commit before
            return
        self.ask(call, partial(self.staged, client, edits), stays="; what you edited stays staged: mend it and commit again, or /patch/abort")

    def staged(self, client: str, edits: tuple[Edit, ...]):
        """The patch that a client's edits make, and what they set, when its turn has come."""
        playing = self.engine.playing
        taken = self.engine.staging.take(client, playing.patch, edits)
        turned = {knob for edit in taken.edits for knob in turned_by(edit.verb, edit.args, playing.patch, taken.patch)}
        return with_values(taken.patch, playing.live(), turned), sorted(turned), taken.serial

    def whole(self, target: Patch, until: int):
        """A whole patch in place of the one that plays, and of a client's edits up to number `until`."""
        return target, changed(self.engine.playing.live(), target), until

    def stepped(self, current: Patch, target: Patch):
        """A neighbour in the history: knobs that were turned since stay, those that the commit between them set go back, or forth."""
        turned = changed(current, target)
        return with_values(target, self.engine.playing.live(), set(turned)), turned, 0

    def ask(self, call, make, step=None, stays: str = "") -> None:
        """Hands a commit over; answered when the log says where it was applied, or when it is refused. `step` takes one back that is a step
        through the history; `stays` is what to say of edits that are at fault.
        """
        left = []                           # what played before, its knobs where they stood

        def made():
            left[:] = [self.engine.playing.live()]
            return make()

        def done(frame: int, patch: Patch):
            if not step:
                self.history.refresh(left[0])
                self.history.add(patch, client_of(call), frame)
            self.saw(frame)
            call.done(frame, patch.hash(), *self.remarks(patch), always=True)
            self.engine.news.tell("/patch/committed", frame, patch.name, patch.hash())

        def refuse(code: str, message: str):
            if step:
                step()
            call.fail(code, message + stays * (code == "fault"))

        self.engine.commits.ask(Pending(call.sender, made, done, refuse))

    def remarks(self, patch: Patch) -> list[str]:
        """What is worth knowing of a patch that plays now: what comes round late, that nothing is heard, and who plays what is gone."""
        loops, gone = self.engine.playing.program.loops, self.engine.handlers.timing.missing()
        found = [f"feedback, a block late: {', '.join(loops[:8])}"] if loops else []
        if not any(cable.target == OUT for cable in patch.cables):
            found.append("nothing goes to out, so nothing is heard: /patch/connect FROM out, or /patch/undo")
        if gone:
            found.append("sequencers that play what is gone: " + some(f"{id_} ({', '.join(names)})" for id_, names in gone.items()))
        return found

    def swap(self, type_: str) -> None:
        """The patch that plays once more, with a module that was built anew."""
        engine = self.engine

        def refuse(code: str, message: str):
            engine.news.tell("/module/refused", type_, message)

        def done(frame: int, patch: Patch):
            self.saw(frame)
            engine.news.tell("/patch/committed", frame, patch.name, patch.hash())

        try:
            engine.commits.ask(Pending(NOBODY, lambda: (engine.playing.live(), [], 0), done, refuse))
        except Refusal as error:
            refuse(error.code, f"{error}; then save its file again")

    # history

    def recalled(self) -> History:
        try:
            return History.from_data(json.loads(self.history_path.read_bytes()))
        except (OSError, ValueError):
            history = History()
            history.add(self.engine.playing.patch, "engine", 0)
            return history

    def missed(self, who: str, frame: int) -> None:
        """The last commit may have been made while nobody kept the history, because control was killed: then it is added, or was a step."""
        patch, history = self.engine.playing.patch, self.history
        if frame > history.seen and who != actor_text(actor_of(NOBODY)) and not history.step_to(patch):
            history.add(patch, who, frame)
        self.saw(frame)

    def saw(self, frame: int) -> None:
        """The history is up to date with the commit at this frame."""
        self.history.seen = max(self.history.seen, frame)
        self.keep_history()

    def keep_history(self) -> None:
        try:
            files.save(self.history_path, json.dumps(self.history.as_data()).encode(), durable=False)
        except OSError as error:
            self.engine.trouble("history", f"{self.history_path} cannot be written ({error.strerror}); make room")
        else:
            self.engine.trouble("history")

    @refusing
    def undo(self, call):
        arguments(call.command, call.args, 0, 0)
        self.step(call, self.history.undo)

    @refusing
    def redo(self, call):
        arguments(call.command, call.args, 0, 0)
        self.step(call, self.history.redo)

    def step(self, call, go) -> None:
        """One step through the history, when the commits before are in it; taken back where the patch is refused."""
        left = []

        def made():
            current, number = self.history.current, self.history.number
            patch = go()
            left.append(number)
            return self.stepped(current, patch)

        def take_back():
            for number in left:
                self.history.back_to(number)

        self.ask(call, made, take_back)

    def show_history(self, call):
        arguments(call.command, call.args, 0, 0)
        call.reply_in_parts(json.dumps(self.history.rows(), separators=(",", ":")))

    # the library

    @refusing
    def save(self, call):
        (name,) = arguments(call.command, call.args, 1, 1)
        path = self.library.save(name, self.engine.playing.live())
        call.done(call.now, name, str(path), always=True)

    @refusing
    def load(self, call):
        (name,) = arguments(call.command, call.args, 1, 1)
        patch = self.library.load(name)
        for warning in patch.warnings:
            call.send("/patch/warning", name, warning)
        self.ask(call, partial(self.whole, patch, self.engine.staging.last(client_of(call))))

    @refusing
    def list(self, call):
        arguments(call.command, call.args, 0, 0)
        call.reply_in_parts(json.dumps(self.library.names(), separators=(",", ":")))

    @refusing
    def show(self, call):
        """The patch that plays with its knobs where they stand, or as this client has edited it."""
        given = arguments(call.command, call.args, 0, 1)
        if given and given[0] != "staged":
            patch = self.library.load(given[0])
        else:
            live = self.engine.playing.live()
            patch = self.engine.staging.working(client_of(call), live) if given else live
        call.reply_in_parts(json.dumps(patch.as_dict(), separators=(",", ":")))

    @refusing
    def diff(self, call):
        """From a saved patch, or the one that plays, to another, or to what this client has staged."""
        names = arguments(call.command, call.args, 0, 2)
        live = self.engine.playing.live()
        old = self.library.load(names[0]) if names else live
        new = self.library.load(names[1]) if len(names) > 1 else live if names else self.engine.staging.working(client_of(call), live)
        call.reply_in_parts(json.dumps(difference(old, new)))

    # modules and what they read

    def samples(self, call):
        arguments(call.command, call.args, 0, 0)
        call.reply_in_parts(json.dumps(known_tables(), separators=(",", ":")))

    def retry(self, call):
        (id_,) = arguments(call.command, call.args, 1, 1)
        patch = self.engine.playing.patch
        out_of_order = self.engine.playing.conditions()
        if id_ not in patch.modules and id_ not in out_of_order:
            raise Refusal("unknown-module", f"no module '{id_}'{suggestion(str(id_), patch.modules)}")
        if id_ not in out_of_order:
            raise Refusal("state", f"'{id_}' plays; there is nothing to try again")
        call.log(RETRY, key_of(id_), 0.0, then=lambda frame: call.send("/done", call.address, frame, id_))

    def types(self, call):
        arguments(call.command, call.args, 0, 0)
        call.reply_in_parts(json.dumps({name: d.kind for name, d in modules().items()}, separators=(",", ":")))
