"""The grammars of mini-notation and of the line around it, and how lark's refusals become sentences with a place."""

import re
from functools import cache

from lark import Lark, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from chronus import limits
from chronus.music.patterns.errors import PatternError

MINI = r"""
start: body
body: sequence ("," sequence)* -> stack
    | sequence ("|" sequence)+ -> choice
sequence: (step | HOLD | REPLICATE | WEIGHT | DEGRADE | FEET | fast | slow | euclid)*
?step: atom
     | atom ".." atom -> range
?atom: WORD -> word
     | NUMBER -> number
     | REST -> rest
     | "[" body "]"
     | "<" body ">" -> alternate
     | "{" body "}" ("%" atom)? -> polymeter
fast: "*" atom
slow: "/" atom
euclid: "(" sequence ("," sequence)* ")"

WORD.2: /[A-Za-z][A-Za-z0-9_#'-]*(:\d{1,9})?|\d+:\d{1,9}|\d+[A-Za-z_][A-Za-z0-9_#'-]*(:\d{1,9})?/
NUMBER.3: /-?(\d+(\.\d+)?|\.\d+)(e-?\d{1,2}(?!\d))?(%\d+)?[whqestfx]?(?![A-Za-z0-9_#':])/
REST: "~" | /-(?![\d.A-Za-z])/
HOLD: "_"
REPLICATE: /!(\d{1,9})?(?![\d.<\[{(])/
WEIGHT: /@(\d+(\.\d+)?|\.\d+)(%\d+)?(?![\d.])/
DEGRADE: /\?(\d+(\.\d+)?|\.\d+)?(?![<\[{(])/
FEET: /\.(?![.\d])/
%ignore /\s+/
"""

LINE = r"""
start: expression
expression: source calls?
calls: call ("," call)*
?source: TEXT -> text
       | "(" expression ")"
       | SIGNAL -> signal
call: NAME argument*
argument: NUMBER -> number
        | NAME -> name
        | TEXT -> text
        | SIGNAL -> signal
        | "(" calls ")" -> functions
        | "(" expression ")" -> pattern

TEXT: /"[^"]*"|'[^']*'/
NUMBER.2: /-?(\d+(\.\d+)?|\.\d+)([\/%]\d+)?(?![A-Za-z0-9_\/%])/
SIGNAL.3: /(sine|cosine|saw|isaw|tri|square|rand)(?![A-Za-z0-9_#&'-])/
NAME: /[A-Za-z][A-Za-z0-9_#&-]*/
%ignore /\s+/
"""

MARK_HELP = {
    "*": "* is how many times as fast, and a number follows it, such as bd*2",
    "/": "/ is how many times as slow, and a number follows it, such as bd/2",
    "!": "! repeats a step, and a whole number may follow it, such as bd!3",
    "@": "@ makes a step longer, and a number follows it, such as bd@3",
    "?": "? leaves events to chance, and a number from 0 to 1 may follow it, such as bd?0.3",
    "%": "% stands behind { }, as in {a b c}%4, or in a fraction such as 1%8",
    ":": ": chooses a sample, and a whole number follows it at once, such as bd:3",
    "(": "( ) makes a rhythm of the step before it, such as bd(3,8); sub-sequences stand in [ ]",
    "|": "| chooses by chance inside [ ], such as [bd|sn]; it cannot share them with a comma",
    ",": "a comma plays sequences at once; it cannot share brackets with |, so write such as [bd*4, [hh|cp]]",
    "..": ".. goes from one number to another, such as 0 .. 3",
    "$": "functions follow the pattern: write \"bd sn\" fast 2, rev",
    "#": "functions follow the pattern: write \"bd sn\" fast 2, pan 0.5",
    "\"": "a quote inside the pattern: the text begins and ends with one, such as \"bd sn\" fast 2",
    ";": "steps are separated by spaces, sequences that play at once by commas",
    "=": "= means nothing in a pattern; functions follow it, such as \"bd sn\" fast 2",
}
OPENING, CLOSING = {"[": "]", "<": ">", "{": "}", "(": ")"}, {"]": "[", ">": "<", "}": "{", ")": "("}
QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')


@cache
def parser(grammar: str) -> Lark:
    """Made when the first pattern is read: it takes 50 ms, which a start need not wait for."""
    return Lark(grammar, parser="lalr", lexer="contextual", propagate_positions=True, maybe_placeholders=False)


def mini_tree(text: str) -> Tree:
    """The tree of a mini-notation. Raises PatternError at the character."""
    check_size(text)
    check_brackets(text, OPENING)
    try:
        return parser(MINI).parse(text)
    except UnexpectedInput as error:
        raise refused(error, text, mini_sentence) from None


def line_tree(text: str) -> Tree:
    """The tree of a quoted pattern with its functions. Raises PatternError at the character."""
    check_size(text)
    plain = QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    for quote in "\"'":
        if quote in plain:
            raise PatternError(f"this {quote} is never closed; write another one where the pattern ends", plain.index(quote), text)
    check_brackets(plain, {"(": ")"}, text)
    try:
        return parser(LINE).parse(text)
    except UnexpectedInput as error:
        raise refused(error, text, line_sentence) from None


def check_size(text: str) -> None:
    if len(text) > limits.PATTERN_CHARACTERS:
        raise PatternError(f"a pattern has up to {limits.PATTERN_CHARACTERS} characters, this one has {len(text)}; play it as two")


def check_brackets(text: str, opening: dict[str, str], shown: str = "") -> None:
    """Every bracket has its other half, and there are not too many inside each other."""
    stack, shown = [], shown or text
    for place, c in enumerate(text):
        if c in opening:
            stack.append(place)
            if len(stack) > limits.PATTERN_DEPTH:
                raise PatternError(f"brackets go {limits.PATTERN_DEPTH} deep and no further; take some away", place, shown)
        elif c in opening.values():
            if not stack:
                raise PatternError(f"this {c} closes nothing; write {CLOSING[c]} before it, or take it away", place, shown)
            wanted = opening[text[stack[-1]]]
            if c != wanted:
                raise PatternError(f"the {text[stack[-1]]} before it is closed by {wanted}, not by {c}", place, shown)
            stack.pop()
    if stack:
        raise PatternError(f"this {text[stack[-1]]} is never closed; write {opening[text[stack[-1]]]} where it ends", stack[-1], shown)


def refused(error: UnexpectedInput, text: str, sentence) -> PatternError:
    """The sentence for what lark found, at its character."""
    if isinstance(error, UnexpectedCharacters):
        place, found, expected = error.pos_in_stream, text[error.pos_in_stream], error.allowed
    elif isinstance(error, UnexpectedToken) and error.token.type != "$END":
        place, found, expected = error.token.start_pos, str(error.token), error.expected
    else:
        place, found, expected = len(text), "", error.expected
    return PatternError(sentence(found, set(expected or ()), text, place), place, text)


def mini_sentence(found: str, expected: set[str], text: str, place: int) -> str:
    """What is wrong in a mini-notation, and what was probably meant."""
    before = text[:place].rstrip()
    mark = ".." if before.endswith("..") else before[-1:]
    if mark in MARK_HELP and "WORD" in expected and not expected & {"HOLD", "FEET"}:
        return MARK_HELP[mark]
    if text[place:place + 2] == "..":
        return MARK_HELP[".."]
    if found[:1] in MARK_HELP:
        return MARK_HELP[found[:1]]
    if not found:
        return "the pattern ends too early; a step is missing"
    return f"'{found[:1]}' means nothing in a pattern; names are letters, digits, _ and -"


def line_sentence(found: str, expected: set[str], text: str, place: int) -> str:
    """What is wrong in a line of functions, and what was probably meant."""
    if not found:
        return "a function is missing at the end, such as rev or fast 2"
    if found[:1] in "\"'" and expected <= {"NAME", "COMMA", "RPAR", "$END"}:
        return "one pattern comes first and functions follow it; patterns that play at once go into one: \"bd*2, hh*4\""
    if found[:1] in ".|;$#":
        return f"functions are separated by commas, not by {found[:1]}: write \"bd sn\" fast 2, rev"
    if found[:1] in "<[{~":
        return f"a pattern as an argument stands in quotes: write \"{found[:1]} …\""
    if found[:1].isdigit() or found[:1] == "-":
        return "a number belongs behind the name of a function, such as fast 2"
    if found == ",":
        return "a function is missing before this comma"
    if found == "(":
        return "a function has a name, such as every 4 (fast 2)"
    return f"'{found[:12]}' was not expected here; a line is a pattern in quotes and functions, such as \"bd sn\" fast 2, every 4 (rev)"
