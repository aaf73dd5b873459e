"""A line of the pattern language: a mini-notation, or one in quotes with functions behind it, as in "bd*2 sn" fast 2, every 4 (rev)."""

from collections.abc import Callable
from itertools import count

from lark import Token, Tree

from chronus.music.chords import chord_notes
from chronus.music.patterns import functions
from chronus.music.patterns.chance import rand
from chronus.music.patterns.errors import PatternError
from chronus.music.patterns.functions import FUNCTIONS, Function
from chronus.music.patterns.grammar import line_tree
from chronus.music.patterns.mini_notation import place_of, read_mini, read_number
from chronus.music.patterns.pattern import Pattern, Run, bind, bounded, pure, signal
from chronus.music.patterns.values import SIGNALS, Theory, Value, read_word
from chronus.music.scales import degree_note
from chronus.patch.errors import suggestion


MUSIC = Theory(degree_note, chord_notes)


def parse(text: str, theory: Theory = MUSIC) -> Pattern:
    """The pattern of a line. Text that begins with a quote or a parenthesis has functions behind its pattern; other text is all mini-notation.

    `theory` says what scales and chords there are. Raises PatternError: a sentence, with the place in the text.
    """
    with bounded(Run()):
        if text.lstrip()[:1] in ("\"", "'", "("):
            return Line(text, theory).expression(line_tree(text).children[0])
        return read_mini(text, theory, count())


class Line:
    """Turns the tree of a line into a pattern."""

    def __init__(self, text: str, theory: Theory):
        self.text, self.theory, self.purposes = text, theory, count()

    def refuse(self, message: str, item: Tree | Token) -> PatternError:
        return PatternError(message, place_of(item), self.text)

    def expression(self, tree: Tree) -> Pattern:
        pattern = self.pattern(tree.children[0])
        for function, call in self.calls(tree.children[1]) if len(tree.children) > 1 else ():
            pattern = self.at(call, function, pattern)
        return pattern

    def at(self, item: Tree | Token, build: Callable, *args):
        """What `build` gives; its refusal is one at this place of the line."""
        try:
            return build(*args)
        except PatternError as error:
            raise error if error.position is not None else self.refuse(error.message, item) from None

    def pattern(self, item: Tree) -> Pattern:
        """A pattern: in quotes, a signal, or an expression in parentheses."""
        match item.data:
            case "expression":
                return self.expression(item)
            case "pattern":
                return self.expression(item.children[0])
            case "signal":
                name = str(item.children[0])
                return signal(SIGNALS[name]) if name in SIGNALS else rand(next(self.purposes))
        offset = item.children[0].start_pos + 1
        try:
            return read_mini(item.children[0][1:-1], self.theory, self.purposes, offset)
        except PatternError as error:
            raise PatternError(error.message, offset + (error.position or 0), self.text) from None

    def calls(self, tree: Tree) -> list[tuple[Callable, Tree]]:
        return [(self.call(call), call) for call in tree.children]

    def call(self, tree: Tree) -> Callable[[Pattern], Pattern]:
        """A function with its arguments, ready for a pattern."""
        name, arguments = tree.children[0], tree.children[1:]
        row = FUNCTIONS.get(name)
        if row is None:
            raise self.refuse(f"no function '{name}'{suggestion(name, FUNCTIONS)}", name)
        kinds, ready = [], []
        for i, item in enumerate(arguments):
            kinds.append(self.kind(row, i, item))
            ready.append(self.argument(row, kinds[-1], item))
        if len(arguments) < sum(not word.startswith("[") for word in row.usage.split()):
            raise self.refuse(row.takes, name)
        place = functions.Place(self.theory, next(self.purposes))
        return lambda pattern: self.applied(row, place, pattern, list(zip(kinds, ready, arguments)), ())

    def kind(self, row: Function, i: int, item: Tree) -> str:
        """The kind of the argument at this place. The last one may be there several times."""
        wanted = row.usage.split()
        if i >= len(wanted) and not row.usage.endswith("..."):
            raise self.refuse(f"{row.takes}; a comma goes before the next function" if item.data == "name" else row.takes, item)
        return wanted[min(i, len(wanted) - 1)].strip("[].")

    def argument(self, row: Function, kind: str, item: Tree):
        """A function, a pattern, or a value that is read by its kind later on."""
        if kind == "FUNCTION":
            return self.function(row, item)
        if item.data == "functions":
            raise self.refuse(f"{row.takes}; ( ) here is a function", item)
        if item.data == "number":
            value = Value(number=self.at(item, read_number, str(item.children[0])))
        elif item.data == "name":
            value = read_word(str(item.children[0]))
        else:
            return self.pattern(item)
        return pure(value) if kind == "PATTERN" else self.at(item, functions.KINDS[kind], value)

    def function(self, row: Function, item: Tree) -> Callable[[Pattern], Pattern]:
        """One or more functions in parentheses, or the bare name of one that takes nothing."""
        if item.data == "functions":
            steps = self.calls(item.children[0])
        elif item.data == "name":
            named = FUNCTIONS.get(item.children[0])
            if named and named.usage:
                raise self.refuse(f"a function with arguments of its own stands in parentheses, such as ({named.example})", item)
            steps = [(self.call(Tree("call", [item.children[0]], item.meta)), item)]
        else:
            raise self.refuse(f"{row.takes}; a function stands in parentheses, such as (fast 2)", item)

        def composed(pattern: Pattern) -> Pattern:
            for function, call in steps:
                pattern = self.at(call, function, pattern)
            return pattern
        return composed

    def applied(self, row: Function, place: functions.Place, pattern: Pattern, waiting: list, ready: tuple) -> Pattern:
        """The function with its arguments, one by one. Where a number is itself a pattern, its present value counts."""
        if not waiting:
            return row.build(place, pattern, *ready)
        (kind, argument, item), *waiting = waiting
        read = functions.KINDS[kind]
        if read and isinstance(argument, Pattern):
            return self.at(item, bind, argument, lambda value: self.applied(row, place, pattern, waiting, (*ready, self.at(item, read, value))))
        return self.applied(row, place, pattern, waiting, (*ready, argument))
