"""Reports for people and for programs: a table on a terminal, plain lines in a pipe, one JSON object on request."""

import json
import sys
from typing import Annotated

from cyclopts import Parameter

Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object.")]


def show_object(data: dict) -> None:
    """Prints one JSON object on one line."""
    print(json.dumps(data, ensure_ascii=False, default=str))


def show_table(title: str, columns: list[str], rows: list[list]) -> None:
    """Prints rows under named columns; in a pipe the columns are tabs and the title is left out."""
    cells = [[cell(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        print("\n".join("\t".join(row) for row in cells))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text
    table = Table(title=title, title_justify="left", show_header=any(columns))
    for column in columns:
        table.add_column(column)
    for row in cells:
        table.add_row(*(Text(text) for text in row))
    Console().print(table)


def show_fields(title: str, data: dict) -> None:
    """Prints the fields of an object, one a row."""
    show_table(title, ["", ""], [[name, value] for name, value in data.items()])


def printable(text: str) -> str:
    """A text, such as the name of a file, with ? for what cannot be printed, or would begin a line."""
    return "".join(character if character.isprintable() else "?" for character in text)


def cell(value) -> str:
    """One value in a table."""
    if value is None or value == [] or value == {}:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {cell(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(cell(item) for item in value)
    return str(value)


def complain(text) -> int:
    """Says on standard error what went wrong; 1, the exit code for it."""
    print(f"chronus: {text}", file=sys.stderr)
    return 1
