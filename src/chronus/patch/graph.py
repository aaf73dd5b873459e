"""A patch: modules and cables as data, readable and complete.

    {"format": "chronus-patch", "version": 1, "name": "default",
     "modules": [{"id": "sine", "type": "sine", "params": {"freq": 220.0}}, ...],
     "cables": [{"from": "sine/out", "to": "adsr/audio", "amount": 1.0}, ...]}

A module that reads tables has `"tables": {"sample": "kit/kick"}`, too; once it was committed, `"kit/kick@..."` with a hash of what is in it.

A file may also say what the patch is `about`, the version of each module type that it was made with (`types`), and its `hash`.
The id `out` is the way to the loudspeakers: a stereo inlet that everything may be plugged into. The order of the cables is
kept: it is the order in which they are added up, and so part of the sound.
"""
import hashlib
import json
import re
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

from chronus import limits
from chronus.dsp.declare import ALIASES, Declaration
from chronus.modules.registry import modules
from chronus.patch import files
from chronus.patch.errors import PatchError, at, number, shown, suggestion
from chronus.patch.other_names import type_suggestion
from chronus.patch.versions import check_versions, needs, versions_of
from chronus.tables.builtin import DIGESTS, mistaken
from chronus.tables.form import digest_in, is_reference, name_of

FORMAT, VERSION = "chronus-patch", 1
SMALLEST_NORMAL = 2.0**-126                 # float32 numbers below it are denormal, and 45 times as slow
OUT = "out"
KEYS = ("format", "version", "name", "about", "hash", "types", "modules", "cables")


@dataclass(frozen=True)
class Module:
    """One module of a patch; `params` holds the knobs that do not stand at their default, `tables` what was chosen for its tables."""

    id: str
    type: str
    params: dict = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)

    @property
    def declaration(self) -> Declaration:
        return modules()[self.type]

    def table(self, name: str) -> str:
        """What is in a table: a name, with a hash behind it if it was looked up."""
        return self.tables.get(name, self.declaration.table(name).default)

    def table_digest(self, name: str) -> str:
        """The hash of what is in a table; "" where it was not looked up yet."""
        return digest_in(self.table(name)) or DIGESTS.get(self.table(name), "")


@dataclass(frozen=True)
class Cable:
    """From an outlet to an inlet or a parameter, times `amount`."""

    source: str
    outlet: str
    target: str
    inlet: str
    amount: float = 1.0

    @property
    def start(self) -> str:
        """"osc1/out"."""
        return f"{self.source}/{self.outlet}"

    @property
    def end(self) -> str:
        """"filter1/cutoff", or "out"."""
        return OUT if self.target == OUT else f"{self.target}/{self.inlet}"


class Patch:
    """A checked graph. Raises PatchError from its constructor where something does not fit together.

    `about` is a sentence for people. `warnings` are sentences about module types that have changed since the file was made.
    """

    def __init__(self, found: list[Module], cables: list[Cable], name: str = "patch", about: str = ""):
        self.name, self.about, self.warnings, self.modules, self.cables = name, about, [], {}, []
        check_size(len(found), len(cables))
        for module in found:
            self.modules[self.check_module(module).id] = module
        for cable in cables:
            self.cables.append(self.check_cable(cable))

    def changed(self, found: dict[str, Module], cables: list[Cable]) -> "Patch":
        """This patch with other modules and cables. The caller has checked what is new in them: an edit does not pay for the whole."""
        patch = copy(self)
        patch.modules, patch.cables = found, cables
        return patch

    def check_module(self, module: Module) -> Module:
        """A module that may be added. Raises PatchError."""
        if not re.fullmatch(limits.NAME_PATTERN, module.id) or module.id == OUT:
            raise PatchError(f"{shown(module.id)} is no id for a module: use small letters, digits, _ and -, and not 'out'", "name")
        if module.id in self.modules:
            raise PatchError(f"there are two modules '{module.id}'; give one another id", "exists")
        if module.type not in modules():
            raise PatchError(f"no module type '{module.type[:70]}'{type_suggestion(module.type, modules())}", "unknown-type")
        for name, value in module.params.items():
            check_value(module.declaration, name, value, module.id)
        for name, reference in module.tables.items():
            check_table(module.declaration, name, reference, module.id)
        return module

    def check_cable(self, cable: Cable) -> Cable:
        """A cable that fits the modules of this patch. Raises PatchError."""
        source, target = self._end(cable.source), None if cable.target == OUT else self._end(cable.target)
        if cable.outlet not in source.declaration.outlets:
            raise PatchError(f"'{cable.source}' ({source.type}) has no outlet '{cable.outlet[:70]}'"
                             f"{suggestion(cable.outlet, source.declaration.outlets)}", "unknown-param")
        if target is not None:
            names = [i.name for i in target.declaration.ports]
            if cable.inlet not in names:
                raise PatchError(f"'{cable.target}' ({target.type}) has no inlet or parameter '{cable.inlet[:70]}'"
                                 f"{suggestion(cable.inlet, names)}", "unknown-param")
        if abs(number(cable.amount, f"the amount of {cable.source} -> {cable.target}")) > 1e6:
            raise PatchError(f"the amount of {cable.source} -> {cable.target} is beyond a million", "range")
        return cable

    def _end(self, id_: str) -> Module:
        if id_ not in self.modules:
            raise PatchError(f"no module '{id_[:70]}'{suggestion(id_, self.modules)}", "unknown-module")
        return self.modules[id_]

    def as_dict(self) -> dict:
        """The patch as JSON data, in canonical order."""
        return {"format": FORMAT, "version": VERSION, "name": self.name,
                "modules": [{"id": m.id, "type": m.type, "params": {k: float(v) for k, v in sorted(m.params.items())},
                             **({"tables": dict(sorted(m.tables.items()))} if m.tables else {})} for m in self.modules.values()],
                "cables": [{"from": f"{c.source}/{c.outlet}", "to": OUT if c.target == OUT else f"{c.target}/{c.inlet}",
                            "amount": float(c.amount)} for c in self.cables]}

    def hash(self) -> str:
        """Content hash: the same for the same sound, whatever the name."""
        content = {k: v for k, v in self.as_dict().items() if k != "name"}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def text(self) -> str:
        """The patch as the text of its file."""
        data = self.as_dict()
        rows = {key: data.pop(key) for key in ("modules", "cables")}
        about = {"about": self.about} if self.about else {}
        return files.text({**data, **about, "hash": self.hash(), "types": versions_of(m.type for m in self.modules.values()), **rows})

    @classmethod
    def from_dict(cls, data) -> "Patch":
        """Reads JSON data. Raises PatchError naming the place."""
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise PatchError(f'this is no patch: it should begin with "format": "{FORMAT}"')
        if type(data.get("version")) is not int or data["version"] != VERSION:
            raise PatchError(f"the patch has version {shown(data.get('version'))}; this engine reads version {VERSION}")
        files.check_keys(data, KEYS)
        patch = cls([], [], _name(data), check_about(data.get("about", "")))
        found, cables, made_for = _rows(data, "modules"), _rows(data, "cables"), data.get("types", {})
        check_size(len(found), len(cables))
        patch.warnings = check_versions(made_for)
        for i, row in enumerate(found):
            with at(f"modules[{i}]", "."):
                module = patch._module(row, made_for)
            patch.modules[module.id] = module
        types = {m.id: m.declaration for m in patch.modules.values()}
        for i, row in enumerate(cables):
            with at(f"cables[{i}]", "."):
                patch.cables.append(patch._cable(row, types, made_for))
        if "hash" in data and data["hash"] != patch.hash():
            raise PatchError('it does not fit the content; edited by hand? then remove the line "hash"; otherwise the file is damaged: '
                             "take another copy", place="hash")
        return patch

    def _module(self, row: dict, made_for: dict) -> Module:
        """A module from a row of a file."""
        files.check_keys(row, ("id", "type", "params", "tables"))
        id_, type_, params, tables = row.get("id"), row.get("type"), row.get("params", {}), row.get("tables", {})
        if not isinstance(id_, str) or not isinstance(type_, str) or not isinstance(params, dict) or not isinstance(tables, dict):
            raise PatchError('a module needs an "id", a "type" and, if any, "params" and "tables"')
        declaration, settings = self.check_module(Module(id_, type_, tables=tables)).declaration, {}
        for name, value in params.items():
            try:
                check_value(declaration, name, value, id_)
            except PatchError as error:
                raise PatchError(error.message + needs(made_for, type_), error.code, f"params.{name[:70]}") from None
            known = declaration.param(name).name
            if known in settings:
                raise PatchError(f"'{known}' stands twice, under two names; remove one", "exists", f"params.{name}")
            settings[known] = value
        return Module(id_, type_, settings, tables)

    def _cable(self, row: dict, types: dict[str, Declaration], made_for: dict) -> Cable:
        """A cable from a row of a file."""
        files.check_keys(row, ("from", "to", "amount"))
        if not isinstance(row.get("from"), str) or not isinstance(row.get("to"), str):
            raise PatchError('a cable needs a "from" and a "to"')
        with at("amount"):
            amount = number(row.get("amount", 1.0), "an amount")
        found = cable(row["from"], row["to"], amount, types)
        try:
            return self.check_cable(found)
        except PatchError as error:
            if error.code != "unknown-param":
                raise
            end = found.source if found.outlet not in types[found.source].outlets else found.target
            raise PatchError(error.message + needs(made_for, types[end].id), error.code) from None

    @classmethod
    def read(cls, path: Path) -> "Patch":
        """Reads a patch file. Raises PatchError, which names the file."""
        with at(str(path), ": "):
            return cls.from_dict(files.read(path))


def check_size(found: int, cables: int) -> None:
    """Raises PatchError where there are more modules or cables than a patch may have."""
    if found > limits.MODULES or cables > limits.CABLES:
        raise PatchError(f"a patch has at most {limits.MODULES} modules and {limits.CABLES} cables; take something out", "range")


def check_about(about) -> str:
    """Returns `about`. Raises PatchError where it is not a line of text."""
    if not isinstance(about, str) or len(about) > limits.ABOUT_CHARACTERS or not about.isprintable():
        raise PatchError(f"what a patch is about is one line of at most {limits.ABOUT_CHARACTERS} characters", place="about")
    return about


def _name(data: dict) -> str:
    name = data.get("name", "patch")
    if not isinstance(name, str) or not re.fullmatch(limits.NAME_PATTERN, name):
        raise PatchError(f"{shown(name)} is no name: take 1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit", "name", "name")
    return name


def _rows(data: dict, key: str) -> list[dict]:
    rows = data.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PatchError(f'"{key}" should be a list of objects')
    return rows


def cable(source: str, target: str, amount: float, types: dict[str, Declaration | None]) -> Cable:
    """A cable from text such as "osc1", "osc1/out", "filter1/cutoff": what is left out is the first outlet or inlet."""
    source, _, outlet = source.partition("/")
    target, _, into = target.partition("/")
    if not outlet and types.get(source) and types[source].outlets:
        outlet = types[source].outlets[0]
    if not into and types.get(target) and types[target].ports:
        into = types[target].ports[0].name
    return Cable(source, outlet, target, "" if target == OUT else ALIASES.get(into, into) if into in ALIASES else into, amount)


def check_value(declaration: Declaration, name: str, value, id_: str) -> float:
    """A setting that the parameter takes; a frequency may be 0, too, so that its cables alone say it. Raises PatchError that says what it would take."""
    param = declaration.param(name)
    if param is None:
        names = [p.name for p in (*declaration.params, *declaration.tables)]
        raise PatchError(f"'{id_}' ({declaration.id}) has no parameter '{name[:70]}'{suggestion(name, names)}", "unknown-param")
    value = number(value, f"{id_}/{param.name}")
    if not param.low <= value <= param.high and not (value == 0.0 and param.unit == "Hz"):
        unit, alone = f" {param.unit}" if param.unit else "", ", or 0 where its cables alone say it" if param.unit == "Hz" and param.low > 0.0 else ""
        raise PatchError(f"{id_}/{param.name} takes {param.low:g} to {param.high:g}{unit}{alone}, not {value:g}", "range")
    return value if abs(value) >= SMALLEST_NORMAL else 0.0


def check_table(declaration: Declaration, name: str, reference, id_: str) -> str:
    """What a table may be asked to hold, as text; whether it is there is seen when it is committed. Raises PatchError."""
    if declaration.table(name) is None:
        raise PatchError(f"'{id_}' ({declaration.id}) has no table '{name[:70]}'{suggestion(name, [t.name for t in declaration.tables])}", "unknown-param")
    if not is_reference(reference):
        raise PatchError(f"{shown(reference)} is no name of a table; take one that /sample/list shows, such as {declaration.table(name).default}", "name")
    if mistake := mistaken(name_of(reference), declaration.table(name).kind):
        raise PatchError(mistake, "type")
    return reference


def default() -> Patch:
    """The patch that plays the moment the engine does: sine -> adsr -> filter -> out."""
    return Patch([Module("sine", "sine"), Module("adsr", "adsr"), Module("filter", "filter")],
                 [Cable("sine", "out", "adsr", "audio"), Cable("adsr", "out", "filter", "audio"), Cable("filter", "low", OUT, "")],
                 "default")
