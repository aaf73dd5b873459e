"""The mini-notation of TidalCycles: a line of text becomes a pattern. Its grammar is in `grammar`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count

from lark import Token, Tree

from chronus import limits
from chronus.music.patterns import chance, timing
from chronus.music.patterns.errors import PatternError
from chronus.music.patterns.grammar import mini_tree
from chronus.music.patterns.pattern import ONE, Pattern, bind, fast, pure, sequence, silence, slow, stack
from chronus.music.patterns.values import Theory, Value, asked, note_of, number_of, read_word, whole_of, with_number

SHORT = {"w": (1, 1), "h": (1, 2), "q": (1, 4), "e": (1, 8), "s": (1, 16), "t": (1, 3), "f": (1, 5), "x": (1, 6)}    # 3e is 3 eighths


@dataclass(frozen=True)
class Step:
    """A step of a sequence while it is read: its copies, and how long each is among the others."""
    patterns: tuple[Pattern, ...]
    weight: Fraction = ONE

    def changed(self, function: Callable[[Pattern], Pattern]) -> "Step":
        return replace(self, patterns=tuple(function(p) for p in self.patterns))


def read_mini(text: str, theory: Theory, purposes: count, offset: int = 0) -> Pattern:
    """The pattern of a mini-notation; `offset` is where its text begins in a longer line. Raises PatternError at the character."""
    reader = Reader(text, theory, purposes, offset)
    return reader.at(0, reader.body, mini_tree(text).children[0])


def read_number(text: str) -> Fraction:
    """2, -0.5, 1%8, 1/8, 1e3, and 3e for three eighths. Raises PatternError where it is too large or too fine."""
    factor = Fraction(*SHORT[text[-1]]) if text[-1] in SHORT else ONE
    top, _, bottom = text.rstrip("".join(SHORT)).replace("/", "%").partition("%")
    if len(text) > 24 or bottom and not int(bottom):
        raise PatternError(f"{text[:24]} is no number that a pattern can count with")
    found = Fraction(top) / int(bottom or 1) * factor
    if abs(found) > limits.PATTERN_NUMBER or found.denominator > limits.PATTERN_NUMBER:
        raise PatternError(f"numbers go up to {limits.PATTERN_NUMBER}, in steps of as small a part")
    return found


class Reader:
    """Turns the tree of a text into a pattern. Each mark of chance has a purpose of its own, by its order in the line."""

    def __init__(self, text: str, theory: Theory, purposes: count, offset: int):
        self.text, self.theory, self.purposes, self.offset = text, theory, purposes, offset

    def refuse(self, message: str, place: int) -> PatternError:
        return PatternError(message, place, self.text)

    def at(self, place: int, build: Callable, *args):
        """What `build` gives; its refusal is one at this place of the text."""
        try:
            return build(*args)
        except PatternError as error:
            raise error if error.position is not None else self.refuse(error.message, place) from None

    def body(self, tree: Tree) -> Pattern:
        parts = [self.sequence(part) for part in tree.children]
        return chance.choose_cycles(parts, next(self.purposes)) if tree.data == "choice" else stack(parts)

    def sequence(self, tree: Tree) -> Pattern:
        return self.at(place_of(tree) if tree.children else 0, played, self.steps(tree))

    def steps(self, tree: Tree) -> list[Step]:
        """The steps of a sequence. Dots end groups, each of which is one step among the others."""
        groups, dots = [[]], []
        for item in tree.children:
            if isinstance(item, Token) and item.type == "FEET":
                dots.append(item.start_pos)
                groups.append([])
            else:
                self.take(item, groups[-1])
        if not dots:
            return groups[0]
        for group, dot in zip(groups, [dots[0], *dots]):
            if not group:
                raise self.refuse("a dot stands between groups of steps, such as bd sn . hh hh hh", dot)
        return [Step((played(group),)) for group in groups]

    def take(self, item: Tree | Token, steps: list[Step]) -> None:
        """One more step, or something that is done to the last one."""
        place = place_of(item)
        mark = item.type if isinstance(item, Token) else item.data
        if mark not in MARKS:
            steps.append(Step((self.at(place, self.atom, item),)))
        elif not steps:
            raise self.refuse(f"'{self.text[place]}' changes the step before it, and there is none; write a step, or ~ for a rest", place)
        else:
            steps += self.at(place, MARKS[mark], self, item, steps.pop())
        if sum(len(step.patterns) for step in steps) > limits.PATTERN_STEPS:
            raise self.refuse(f"a sequence has up to {limits.PATTERN_STEPS} steps", place)

    def hold(self, _, step: Step) -> list[Step]:
        *others, last = step.patterns
        return [*([replace(step, patterns=tuple(others))] if others else []), Step((last,), step.weight + 1)]

    def replicate(self, token: Token, step: Step) -> list[Step]:
        copies = int(token[1:]) if token[1:] else len(step.patterns) + 1
        if not 1 <= copies <= limits.PATTERN_STEPS:
            raise PatternError(f"! repeats a step 1 to {limits.PATTERN_STEPS} times")
        return [replace(step, patterns=step.patterns[:copies] + step.patterns[-1:] * (copies - len(step.patterns)))]

    def weigh(self, token: Token, step: Step) -> list[Step]:
        weight = read_number(token[1:])
        if weight <= 0:
            raise PatternError("@ takes a length above 0, such as bd@3")
        return [replace(step, weight=weight)]

    def degrade(self, token: Token, step: Step) -> list[Step]:
        amount = float(read_number(token[1:] or "0.5"))
        if amount > 1:
            raise PatternError("? takes the chance of a rest, 0 to 1, such as bd?0.3")
        return [step.changed(lambda p: chance.degrade_by(amount, p, next(self.purposes)))]

    def faster(self, tree: Tree, step: Step) -> list[Step]:
        return [self.paced(tree.children[0], step, fast)]

    def slower(self, tree: Tree, step: Step) -> list[Step]:
        return [self.paced(tree.children[0], step, slow)]

    def paced(self, factor: Tree, step: Step, function: Callable) -> Step:
        if factor.data == "number":
            return step.changed(lambda p: function(read_number(str(factor.children[0])), p))
        factors = self.atom(factor)
        return self.at(place_of(factor), step.changed, lambda p: bind(factors, lambda value: function(number_of(value), p)))

    def euclid(self, tree: Tree, step: Step) -> list[Step]:
        """Hits, steps and rotation, each of which may be a sequence."""
        if len(tree.children) not in (2, 3) or not all(part.children for part in tree.children):
            raise PatternError("( ) takes hits and steps, and a rotation if you like, such as bd(3,8) or bd(3,8,2)")
        hits, length, turn = *map(self.sequence, tree.children), *[pure(Value(number=Fraction(0)))] * (3 - len(tree.children))

        def rhythm(p: Pattern) -> Pattern:
            return bind(hits, lambda h: bind(length, lambda n: bind(turn, lambda r: timing.euclid(whole_of(h), whole_of(n), whole_of(r), p))))
        return [step.changed(rhythm)]

    def atom(self, tree: Tree) -> Pattern:
        """A word, a number, a rest, or what stands in brackets."""
        match tree.data:
            case "word":
                return self.word(tree.children[0])
            case "number":
                return pure(Value(number=read_number(str(tree.children[0]))), self.source(tree.children[0]))
            case "rest":
                return silence
            case "range":
                return self.range(tree)
            case "alternate":
                return self.polymeter(tree, pure(Value(number=ONE)))
            case "polymeter":
                return self.polymeter(tree, self.atom(tree.children[1]) if len(tree.children) > 1 else None)
            case _:
                return self.body(tree)

    def source(self, token: Token) -> tuple[int, int]:
        return self.offset + token.start_pos, self.offset + token.end_pos

    def word(self, token: Token) -> Pattern:
        """A word; one such as c4'maj7 is the notes of a chord."""
        root, _, name = token.partition("'")
        if name and note_of(root) is not None:
            notes = asked(self.theory.chord_notes, name, float(note_of(root)))
            return stack(pure(with_number(read_word(root), note), self.source(token)) for note in notes)
        return pure(read_word(str(token)), self.source(token))

    def range(self, tree: Tree) -> Pattern:
        """Numbers or notes from one to another, up or down, in the time of one step."""
        ends = [read_number(str(end.children[0])) if end.data == "number" else note_of(str(end.children[0])) if end.data == "word" else None
                for end in tree.children]
        if None in ends:
            raise PatternError(".. goes from one number or note to another, such as 0 .. 3")
        size, direction = int(abs(ends[1] - ends[0])) + 1, 1 if ends[1] >= ends[0] else -1
        if size > limits.PATTERN_STEPS:
            raise PatternError(f"a sequence has up to {limits.PATTERN_STEPS} steps")
        source = self.source(tree.children[0].children[0])[0], self.source(tree.children[1].children[0])[1]
        return sequence((ONE, pure(Value(number=ends[0] + direction * i), source)) for i in range(size))

    def polymeter(self, tree: Tree, pace: Pattern | None) -> Pattern:
        """Sequences whose steps are equally long: as many in a cycle as `pace` says, or as the first one has."""
        body, parts, first = tree.children[0], [], None
        if body.data == "choice":
            before = body.children[0]
            place = self.text.index("|", before.meta.end_pos if before.children else place_of(tree))
            raise self.refuse("| chooses by chance inside [ ], such as [bd|sn]", place)
        for part in body.children:
            steps = self.steps(part)
            if steps:
                length = sum(step.weight * len(step.patterns) for step in steps)
                first = first or length
                parts.append(bind(pace or pure(Value(number=first)), lambda value, p=played(steps), n=length: fast(number_of(value) / n, p)))
        return stack(parts) if parts else silence


def played(steps: list[Step]) -> Pattern:
    return sequence((step.weight, p) for step in steps for p in step.patterns)


def place_of(item: Tree | Token) -> int:
    """Where it begins in its text."""
    return item.start_pos if isinstance(item, Token) else item.meta.start_pos


MARKS = {"HOLD": Reader.hold, "REPLICATE": Reader.replicate, "WEIGHT": Reader.weigh, "DEGRADE": Reader.degrade,
         "fast": Reader.faster, "slow": Reader.slower, "euclid": Reader.euclid}
