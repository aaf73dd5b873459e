"""The reference page, made from the command table and the declarations: `python -m chronus.faces.reference > docs/reference.md`."""

from chronus.control.commands import TABLE
from chronus.dsp.declare import ALIASES, Declaration
from chronus.modules.registry import builtin

HEAD = """# Reference

Made from the command table and the modules' declarations by `make reference`; a test keeps it true.

## Commands

| address | arguments | meaning |
|---|---|---|
"""


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def module_section(declaration: Declaration) -> str:
    """One module: what it is, its ports, its parameters with their ranges."""
    text = f"### {declaration.id}\n\n{declaration.doc}\n\n"
    inlets = ", ".join(f"`{i.name}`" + (f" ({i.default:g} where nothing is plugged in)" if i.default else "") for i in declaration.inlets)
    text += f"Inlets: {inlets or 'none'}. Outlets: {', '.join(f'`{o}`' for o in declaration.outlets)}.\n\n"
    text += row("parameter", "range", "unit", "default", "glide") + "|---|---|---|---|---|\n"
    for p in declaration.params:
        text += row(f"`{p.name}`", f"{p.low:g} to {p.high:g}", p.unit, f"{p.default:g}", f"{p.glide_ms:g} ms" if p.glide_ms else "at once")
    return text + "\n"


def page() -> str:
    """The whole page, as Markdown."""
    text = HEAD + "".join(row(f"`{c.address}`", c.usage, c.help) for c in TABLE)
    text += "\nOther names of parameters: " + ", ".join(f"`{a}` is `{b}`" for a, b in ALIASES.items()) + ".\n\n## Modules\n\n"
    kinds = sorted({d.kind for d in builtin().values()})
    for kind in kinds:
        text += "".join(module_section(d) for d in builtin().values() if d.kind == kind)
    return text.rstrip() + "\n"


if __name__ == "__main__":
    print(page(), end="")
