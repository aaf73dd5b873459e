"""The reference of modules, a page for each kind, made from the declarations: what each is, its ports, what it promises, a patch to hear it in."""

import inspect
import re
from pathlib import Path

from chronus.dsp.declare import Declaration
from chronus.faces.examples import example
from chronus.faces.progress import bar
from chronus.modules.registry import builtin
from chronus.proof.portraits import portrait
from chronus.workshop.measures import MEASURES

TITLES = {"control": "Control", "drums": "Drums", "effects": "Effects", "envelopes": "Envelopes", "filters": "Filters", "mixing": "Mixing",
          "oscillators": "Oscillators and noise"}
HEAD = "Made from the modules' declarations by `make reference`; a test keeps it true. [All modules](../reference.md#modules)\n\n"
UNITS = {"db": "dB", "ms": "ms"}             # by a part of the name of a setting
QUOTED = re.compile(r"`(\w+)`")


def row(*cells: str) -> str:
    """A row of a table in Markdown."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def title(kind: str) -> str:
    return TITLES.get(kind, kind.replace("_", " ").capitalize())


def kinds() -> dict[str, list[Declaration]]:
    """The instrument's own modules by kind, both in alphabetical order."""
    found = {}
    for module in sorted(builtin().values(), key=lambda d: (d.kind, d.id)):
        found.setdefault(module.kind, []).append(module)
    return found


def first_sentence(module: Declaration) -> str:
    return module.doc.partition("\n")[0]


def said(value) -> str:
    """A value of a promise as it is written."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {said(part)}" for name, part in value.items())
    if isinstance(value, (tuple, list)):
        return "(" + ", ".join(map(said, value)) + ")"
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def measured(name: str, value, after: str) -> str:
    """A value with the unit that the name of its setting says, unless the text after it does."""
    unit = next((f" {unit}" for part, unit in UNITS.items() if part in name.split("_")), "")
    return said(value) + ("" if after.startswith(unit) else unit)


def sentence(promise) -> str:
    """What is promised: the first sentence of the measure with the numbers in it, and in brackets what else it was measured with."""
    measure = MEASURES[promise.measure]
    known = {p.name: p.default for p in inspect.signature(measure).parameters.values() if p.default is not p.empty} | promise.settings
    text = " ".join(inspect.getdoc(measure).split("\n\n")[0].split())
    text = re.split(r"(?<=\.)\s+(?=[A-Z])", text)[0].rstrip(".")
    told = {name for name in QUOTED.findall(text) if name in known}
    text = QUOTED.sub(lambda found: measured(found[1], known[found[1]], text[found.end():]) if found[1] in known else found[0], text)
    rest = ", ".join(f"{name.replace('_', ' ')} {said(value)}" for name, value in promise.settings.items() if name not in told)
    return text + (f" ({rest})" if rest else "") + "."


def section(module: Declaration) -> str:
    """One module."""
    text = f"## {module.id}\n\n{module.doc}\n\n![what {module.id} does]({module.kind}/{module.id}.svg)\n\n"
    inlets = ", ".join(f"`{i.name}`" + (f" ({i.default:g} where nothing is plugged in)" if i.default else "") for i in module.inlets)
    text += f"Inlets: {inlets or 'none'}. Outlets: {', '.join(f'`{o}`' for o in module.outlets)}."
    text += " Stereo.\n\n" if module.lanes > 1 else "\n\n"
    if module.tables:
        text += "Tables: " + ", ".join(f"`{t.name}`, a {t.kind}, `{t.default}` where nothing is chosen" for t in module.tables) + ".\n\n"
    if module.params:
        text += row("parameter", "range", "unit", "default", "glide") + "|---|---|---|---|---|\n"
    for p in module.params:
        text += row(f"`{p.name}`", f"{p.low:g} to {p.high:g}", p.unit, f"{p.default:g}", f"{p.glide_ms:g} ms" if p.glide_ms else "at once")
    text += "\nPromised, and measured by every `make test`:\n\n" + "".join(f"- {sentence(promise)}\n" for promise in module.promises)
    return text + f"\nTo hear it:\n\n```chronus\n{example(module)}```\n\n"


def page(kind: str) -> str:
    """The page of a kind, as Markdown."""
    return (f"# {title(kind)}\n\n{HEAD}" + "".join(section(module) for module in kinds()[kind])).rstrip() + "\n"


def index() -> str:
    """The list of all modules, for the page of the commands."""
    text = ""
    for kind, found in kinds().items():
        text += f"### [{title(kind)}](modules/{kind}.md)\n\n"
        text += "".join(f"- [{d.id}](modules/{kind}.md#{d.id}): {first_sentence(d)}\n" for d in found) + "\n"
    return text


def write(folder: Path) -> None:
    """Writes modules/KIND.md and modules/KIND/ID.svg into a folder, with a bar on standard error; pictures of modules that are gone go, too."""
    with bar("modules") as progress:
        for done, (kind, found) in enumerate(kinds().items()):
            (folder / "modules" / kind).mkdir(parents=True, exist_ok=True)
            (folder / "modules" / f"{kind}.md").write_text(page(kind))
            for picture in (folder / "modules" / kind).glob("*.svg"):
                picture.unlink()
            for module in found:
                (folder / "modules" / kind / f"{module.id}.svg").write_text(portrait(module))
            if progress:
                progress(done + 1, len(kinds()))
