"""How a kernel's text speaks of its delay lines, each by its number: how one is opened, how others take its place, and how it goes on."""
from collections.abc import Callable, Iterable


def opened(j: int, word: str = "open_line") -> str:
    """A line from its parts."""
    return f"{word}(ring{j}, size{j}, longest{j}, at{j}, age{j})"


def reopened(text: str, numbers: Iterable[int], line: Callable[[int], str], word: str = "open_line") -> str:
    """A text in which some lines are opened as `line` has it."""
    for j in numbers:
        text = text.replace(opened(j, word), line(j))
    return text


def went_on(j: int, frames: int | str) -> list[str]:
    """So many frames were written, of which the ring ended behind none but the last."""
    return [f"at{j} = at{j} + {frames} if at{j} + {frames} < size{j} else 0", f"age{j} = min(age{j} + {frames}, longest{j})"]
