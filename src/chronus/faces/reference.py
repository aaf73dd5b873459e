"""The reference, made from the command table and the declarations: `python -m chronus.faces.reference docs` writes it."""

import sys
from pathlib import Path

from chronus.control.commands import TABLE
from chronus.dsp.declare import ALIASES
from chronus.faces.module_pages import index, row, write

HEAD = """# Reference

Made from the command table and the modules' declarations by `make reference`; a test keeps it true.

## Commands

| address | arguments | meaning |
|---|---|---|
"""


def page() -> str:
    """The page of the commands, with a list of all modules, as Markdown."""
    text = HEAD + "".join(row(f"`{c.address}`", c.usage, c.help) for c in TABLE)
    text += "\nOther names of parameters: " + ", ".join(f"`{a}` is `{b}`" for a, b in ALIASES.items()) + ".\n\n## Modules\n\n"
    return text + index().rstrip() + "\n"


if __name__ == "__main__":
    (Path(sys.argv[1]) / "reference.md").write_text(page())
    write(Path(sys.argv[1]))
