"""A patch: modules and cables as data, readable and complete.

    {"format": "chronus-patch", "version": 1, "name": "default",
     "modules": [{"id": "sine", "type": "sine", "params": {"freq": 220.0}}, ...],
     "cables": [{"from": "sine/out", "to": "adsr/audio", "amount": 1.0}, ...]}

The id `out` is the way to the loudspeakers: a stereo inlet that everything may be plugged into.
"""
import hashlib
import json
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import inf, isfinite
from pathlib import Path
from stat import S_ISREG

from chronus import limits
from chronus.dsp.declare import ALIASES, Declaration
from chronus.modules.registry import modules

FORMAT, VERSION = "chronus-patch", 1
SMALLEST_NORMAL = 2.0**-126                 # float32 numbers below it are denormal, and 45 times as slow
OUT = "out"


class PatchError(ValueError):
    """What is wrong with a patch and what to do; `code` is one of the interface's."""

    def __init__(self, message: str, code: str = "malformed"):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Module:
    """One module of a patch; `params` holds the knobs that do not stand at their default."""

    id: str
    type: str
    params: dict = field(default_factory=dict)

    @property
    def declaration(self) -> Declaration:
        return modules()[self.type]


@dataclass(frozen=True)
class Cable:
    """From an outlet to an inlet or a parameter, times `amount`."""

    source: str
    outlet: str
    target: str
    inlet: str
    amount: float = 1.0


def suggestion(word: str, among) -> str:
    """"; did you mean 'x'?" where something in `among` is near, else a list of what there is."""
    among = sorted(among)
    near = get_close_matches(word.lower(), among, 1, 0.5)
    return f"; did you mean '{near[0]}'?" if near else f"; there is {', '.join(among[:12])}" if among else ""


def number(value, what: str) -> float:
    """A finite number. Raises PatchError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PatchError(f"{what} takes a number, not {value!r}", "type")
    try:
        value = float(value)
    except OverflowError:
        value = inf
    if not isfinite(value):
        raise PatchError(f"{what} takes a finite number, not {value}", "not-finite")
    return value


class Patch:
    """A checked graph. Raises PatchError from its constructor where something does not fit together."""

    def __init__(self, found: list[Module], cables: list[Cable], name: str = "patch"):
        self.name, self.modules, self.cables = name, {}, []
        if len(found) > limits.MODULES or len(cables) > limits.CABLES:
            raise PatchError(f"a patch has at most {limits.MODULES} modules and {limits.CABLES} cables; take something out", "range")
        for module in found:
            self.modules[self._check_module(module).id] = module
        for cable in cables:
            self.cables.append(self._check_cable(cable))

    def _check_module(self, module: Module) -> Module:
        if not re.fullmatch(limits.NAME_PATTERN, module.id) or module.id == OUT:
            raise PatchError(f"'{module.id}' is no id for a module: use small letters, digits, _ and -, and not 'out'", "name")
        if module.id in self.modules:
            raise PatchError(f"there are two modules '{module.id}'; give one another id", "exists")
        if module.type not in modules():
            raise PatchError(f"no module type '{module.type}'{suggestion(module.type, modules())}", "unknown-type")
        for name, value in module.params.items():
            check_value(module.declaration, name, value, module.id)
        return module

    def _check_cable(self, cable: Cable) -> Cable:
        source, target = self._end(cable.source), None if cable.target == OUT else self._end(cable.target)
        if cable.outlet not in source.declaration.outlets:
            raise PatchError(f"'{cable.source}' ({source.type}) has no outlet '{cable.outlet}'"
                             f"{suggestion(cable.outlet, source.declaration.outlets)}", "unknown-param")
        if target is not None:
            names = [i.name for i in target.declaration.inputs]
            if cable.inlet not in names:
                raise PatchError(f"'{cable.target}' ({target.type}) has no inlet or parameter '{cable.inlet}'"
                                 f"{suggestion(cable.inlet, names)}", "unknown-param")
        if abs(number(cable.amount, f"the amount of {cable.source} -> {cable.target}")) > 1e6:
            raise PatchError(f"the amount of {cable.source} -> {cable.target} is beyond a million", "range")
        return cable

    def _end(self, id_: str) -> Module:
        if id_ not in self.modules:
            raise PatchError(f"no module '{id_}'{suggestion(id_, self.modules)}", "unknown-module")
        return self.modules[id_]

    def as_dict(self) -> dict:
        """The patch as JSON data, in canonical order."""
        return {"format": FORMAT, "version": VERSION, "name": self.name,
                "modules": [{"id": m.id, "type": m.type, "params": {k: float(v) for k, v in sorted(m.params.items())}}
                            for m in self.modules.values()],
                "cables": [{"from": f"{c.source}/{c.outlet}", "to": OUT if c.target == OUT else f"{c.target}/{c.inlet}",
                            "amount": float(c.amount)} for c in self.cables]}

    def hash(self) -> str:
        """Content hash: the same for the same sound, whatever the name."""
        content = {k: v for k, v in self.as_dict().items() if k != "name"}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @classmethod
    def from_dict(cls, data) -> "Patch":
        """Reads JSON data. Raises PatchError naming the place."""
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise PatchError(f'this is no patch: it should begin with "format": "{FORMAT}"')
        if data.get("version") != VERSION:
            raise PatchError(f"the patch has version {data.get('version')!r}; this engine reads version {VERSION}")
        found, cables = [], []
        for i, row in enumerate(_rows(data, "modules")):
            params = row.get("params", {})
            if not isinstance(row.get("id"), str) or not isinstance(row.get("type"), str) or not isinstance(params, dict):
                raise PatchError(f"modules[{i}] needs an \"id\", a \"type\" and, if any, \"params\"")
            found.append(Module(row["id"], row["type"], {ALIASES.get(k, k): v for k, v in params.items()}))
        types = {m.id: modules().get(m.type) for m in found}
        for i, row in enumerate(_rows(data, "cables")):
            if not isinstance(row.get("from"), str) or not isinstance(row.get("to"), str):
                raise PatchError(f"cables[{i}] needs a \"from\" and a \"to\"")
            cables.append(cable(row["from"], row["to"], number(row.get("amount", 1.0), f"cables[{i}].amount"), types))
        return cls(found, cables, data["name"] if isinstance(data.get("name"), str) else "patch")

    @classmethod
    def read(cls, path: Path) -> "Patch":
        """Reads a patch file. Raises PatchError, which names the file."""
        try:
            status = path.stat()
            if not S_ISREG(status.st_mode):
                raise PatchError("this is no file", "io")
            if status.st_size > limits.PATCH_FILE_BYTES:
                raise PatchError(f"it is larger than {limits.PATCH_FILE_BYTES >> 20} MiB")
            return cls.from_dict(json.loads(path.read_text()))
        except OSError as error:
            raise PatchError(f"{path}: {error.strerror}", "io") from None
        except PatchError as error:
            raise PatchError(f"{path}: {error}", error.code) from None
        except (ValueError, RecursionError) as error:
            raise PatchError(f"{path} is no JSON: {error}") from None


def _rows(data: dict, key: str) -> list[dict]:
    rows = data.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PatchError(f'"{key}" should be a list of objects')
    return rows


def cable(source: str, target: str, amount: float, types: dict[str, Declaration | None]) -> Cable:
    """A cable from text such as "osc1", "osc1/out", "filter1/cutoff": what is left out is the first outlet or inlet."""
    source, _, outlet = source.partition("/")
    target, _, into = target.partition("/")
    if not outlet and types.get(source):
        outlet = types[source].outlets[0]
    if not into and types.get(target):
        into = types[target].inputs[0].name
    return Cable(source, outlet, target, "" if target == OUT else ALIASES.get(into, into) if into in ALIASES else into, amount)


def check_value(declaration: Declaration, name: str, value, id_: str) -> float:
    """A setting that the parameter takes. Raises PatchError that says what it would take."""
    param = declaration.param(name)
    if param is None:
        raise PatchError(f"'{id_}' ({declaration.id}) has no parameter '{name}'{suggestion(name, [p.name for p in declaration.params])}",
                         "unknown-param")
    value = number(value, f"{id_}/{param.name}")
    if not param.low <= value <= param.high:
        unit = f" {param.unit}" if param.unit else ""
        raise PatchError(f"{id_}/{param.name} takes {param.low:g} to {param.high:g}{unit}, not {value:g}", "range")
    return value if abs(value) >= SMALLEST_NORMAL else 0.0


def default() -> Patch:
    """The patch that plays the moment the engine does: sine -> adsr -> filter -> out."""
    return Patch([Module("sine", "sine"), Module("adsr", "adsr"), Module("filter", "filter")],
                 [Cable("sine", "out", "adsr", "audio"), Cable("adsr", "out", "filter", "audio"), Cable("filter", "low", OUT, "")],
                 "default")
