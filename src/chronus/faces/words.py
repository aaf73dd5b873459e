"""How a typed line becomes a command: what is a number, what is text, and which words are the address."""

import re
from collections.abc import Callable, Iterable

from chronus.units import typed

TOKEN = re.compile(r'"([^"]*)"|\'([^\']*)\'|([^\s"\']\S*)')
LITERAL = re.compile(r"[a-z0-9_]+")          # a segment of a pattern that stands for itself; ID and PARAM stand for names
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


class LineError(ValueError):
    """A line that is no command; the text says what to write instead."""


def tokens(line: str) -> list[tuple[str, bool]]:
    """The words of a line and whether each was quoted. A word that begins with # opens a comment; C#4 does not."""
    found, at = [], 0
    while (at := at + len(line[at:]) - len(line[at:].lstrip())) < len(line):
        match = TOKEN.match(line, at)
        if not match:
            raise LineError(f"the quote at {line[at:]!r:.60} is not closed: close it, or leave it out")
        if match[3] and match[3].startswith("#"):
            break
        quoted = match[3] is None
        found.append(((match[1] if match[1] is not None else match[2]) if quoted else match[3], quoted))
        at = match.end()
    return found


def command(line: str, patterns: Iterable[str]) -> tuple[str, list] | None:
    """Address and arguments of one line; None for an empty line or a comment.

    `patterns` are the addresses of the command table, such as "/gate/ID". A line may leave out the slashes where that can
    mean one command only: `gate adsr 1`. Raises LineError.
    """
    words = tokens(line)
    if not words:
        return None
    texts = [text for text, _ in words]
    if texts[0].startswith("/"):
        count, address = 1, texts[0]
    else:
        count = _address_words(words, patterns)
        address = "/" + "/".join(texts[:count])
    return address, meant(address, words[count:])


def meant(address: str, words: Iterable[tuple[str, bool]]) -> list:
    """The arguments that words of a command are, each with whether it was quoted."""
    words = list(words)
    is_name = _names_of(address, [text for text, _ in words])
    return [text if quoted or is_name(place) else typed(text) for place, (text, quoted) in enumerate(words)]


def _names_of(address: str, texts: list[str]) -> Callable[[int], bool]:
    """Which arguments of a command stand for names, also where they are all digits: 007 is no 7, a sample 1e3 no 1000."""
    from chronus.control.commands import TABLES, Refusal, find
    try:
        command, _ = find(address)
    except Refusal:
        return lambda place: False
    if command.address == "/patch/set" and texts[1:2] and texts[1] in TABLES:
        return lambda place: True
    return command.is_name


def _address_words(words: list[tuple[str, bool]], patterns: Iterable[str]) -> int:
    fits = {}
    for pattern in patterns:
        segments = pattern.strip("/").split("/")
        if len(segments) <= len(words) and all(_fits(segment, *word) for segment, word in zip(segments, words)):
            fits.setdefault(len(segments), pattern)
    if not fits:
        from chronus.control.commands import nearest
        texts = [text for text, _ in words[:2]]
        raise LineError(f"no command {' '.join(texts)!r:.60}{nearest('/' + '/'.join(texts))}")
    if len(fits) > 1:
        raise LineError(f"that can mean {' or '.join(fits.values())}: write the one you mean with slashes")
    return next(iter(fits))


def _fits(segment: str, word: str, quoted: bool) -> bool:
    if quoted:
        return False
    return word == segment if LITERAL.fullmatch(segment) else bool(NAME.fullmatch(word))
