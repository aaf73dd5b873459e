"""Lines of a network for Numba, four frames at once: where they lie, a load for four frames of four lanes, and one that brings what is known."""
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import signature
from numba.extending import models, register_model, type_callable

from chronus.dsp import kernel_words
from chronus.dsp import lanes as language
from chronus.dsp.line_lowering import Delay, Line, everywhere, loaded, opened
from chronus.dsp.lines import ROW
from chronus.dsp.lowering import F32, I32, I64, Lanes, as_lanes, constant, folded, held, intrinsic, joined, shuffled, smaller, spread, spread_over_sides
from chronus.dsp.networks import ASKED, INTO, LIES, NEAREST, WORDS
from chronus.limits import WIDEST
from chronus.native.lowering import fixed, pointer

GROUPS = WIDEST // ROW                   # rows of a frame
FRAME_BYTES = 4 * ROW                    # from a frame to the next within a row
BLOCK = ir.VectorType(F32, ROW * ROW)    # four frames of a row


class Noting(Delay):
    """A line of a network that brings silence, and notes down what is asked of it."""

    def __init__(self):
        super().__init__("noting_line", WIDEST, WIDEST)


class Told(Delay):
    """A line of a network of which is known what it brings, in one frame or in one of four."""

    def __init__(self, frames):
        self.frames = frames
        super().__init__(f"told_line_{frames}", WIDEST, WIDEST)


class Waiting(types.Type):
    """What is smeared behind four frames, by the line at `places`, in one of them: `name` is the word for it, and `spreads` says whether it is what comes out."""

    def __init__(self, name, spreads):
        self.name_of_word, self.spreads = name, spreads
        super().__init__(f"waiting_{name}_{spreads}")


@register_model(Noting)
class NotingModel(models.StructModel):
    def __init__(self, manager, fe_type):
        super().__init__(manager, fe_type, [("room", types.int64)])


@register_model(Told)
class ToldModel(models.StructModel):
    def __init__(self, manager, fe_type):
        super().__init__(manager, fe_type, [("places", types.int64), *((name, Lanes(WIDEST)) for name in WORDS)])


@register_model(Waiting)
class WaitingModel(models.StructModel):
    def __init__(self, manager, fe_type):
        super().__init__(manager, fe_type, [("places", types.int64), ("x", Lanes(WIDEST))])


opened(kernel_words.open_noting, Noting(), ("room",))


def told(word, frames):
    """Gives `word` (places, what is brought to each of `WORDS`) -> a line its meaning."""
    @type_callable(word)
    def typer(context):
        return lambda places, each, rows, sides: Told(frames) if each == rows == sides == Lanes(WIDEST) else None

    @lower_builtin(word, types.Integer, *[Lanes] * len(WORDS))
    def lower(context, builder, sig, args):
        line = cgutils.create_struct_proxy(sig.return_type)(context, builder)
        line.places = context.cast(builder, args[0], sig.args[0], types.int64)
        for name, value in zip(WORDS, args[1:]):
            setattr(line, name, value)
        return line._getvalue()


told(kernel_words.open_told_one, 1)
told(kernel_words.open_told_four, ROW)


def answers(name, number):
    """What both kinds of lines give to one of `WORDS`."""
    word = getattr(language, name)

    @lower_builtin(word, Noting, Lanes)
    def note(context, builder, sig, args):
        room, wanted = cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0]).room, args[1]
        place = pointer(builder, builder.add(room, I64(ASKED * number)), wanted.type)
        before = builder.load(place)
        alike = builder.or_(builder.icmp_signed("==", before, constant(before, 0)), builder.icmp_signed("==", before, wanted))
        builder.store(builder.select(alike, wanted, constant(wanted, -1)), place)           # who asks for two things at once is not told
        return constant(ir.Constant(sig.return_type.llvm(), ir.Undefined), 0.0)

    @lower_builtin(word, Told, Lanes)
    def tell(context, builder, sig, args):
        return getattr(cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0]), name)


for _number, _name in enumerate(WORDS):
    answers(_name, _number)


def all_pass(builder, late, x):
    """(what goes into an all-pass delay, what comes out of it)."""
    fma = intrinsic("fma")
    into = fma(builder, constant(late, -language.ALL_PASS), late, x)
    return into, fma(builder, constant(late, language.ALL_PASS), into, late)


def smears(word, name):
    """Gives one of the words that smear its meaning, by what `name` of a line brings. In one of four frames it waits for the others."""
    asks = getattr(language, name)

    @type_callable(word)
    def typer(context):
        def resolve(line, frames, x):
            if isinstance(line, Told) and line.frames == ROW:
                return types.Tuple((Waiting(name, False), Waiting(name, True)))
            return types.UniTuple(Lanes(WIDEST), 2) if isinstance(line, Delay) and frames == Lanes(WIDEST, "int") else None
        return resolve

    @lower_builtin(word, Delay, Lanes, Lanes)
    def lower(context, builder, sig, args):
        if sig.args[0] == Told(ROW):
            waiting = []
            for kind in sig.return_type:
                value = cgutils.create_struct_proxy(kind)(context, builder)
                value.places, value.x = cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0]).places, args[2]
                waiting.append(value._getvalue())
            return context.make_tuple(builder, sig.return_type, waiting)
        known = signature(Lanes(WIDEST), *sig.args[:2])
        late = context.get_function(asks, known)(builder, args[:2])
        into, out = all_pass(builder, late, args[2])
        return context.make_tuple(builder, sig.return_type, [into, held(builder, spread_over_sides(builder, out), -language.FULL, language.FULL)])


smears(language.smeared, "past")
smears(language.smeared_by_four, "past_by_four")


def smeared_blocks(context, builder, kinds, values, i):
    """What four frames that waited come to, row by row: of an all-pass delay what goes into it, or what comes out, spread over the lanes of each side."""
    waiting = [cgutils.create_struct_proxy(kind)(context, builder, value) for kind, value in zip(kinds, values)]
    number = list(WORDS).index(kinds[0].name_of_word)
    places = builder.add(waiting[0].places, I64(LIES * number))
    late = blocks_of_each(builder, places, i) if kinds[0].name_of_word == "past" else blocks_by_rows(builder, places, i)
    found = [all_pass(builder, *each) for each in zip(late, turned(builder, [each.x for each in waiting]))]
    if not kinds[0].spreads:
        return [into for into, _ in found]
    blocks = [out for _, out in found]
    for step in language.steps_of_sides(WIDEST):
        if step >= ROW:                 # rows hear each other as they are
            blocks = [builder.fsub(blocks[g ^ step // ROW], block) if g & step // ROW else builder.fadd(block, blocks[g ^ step // ROW]) for g, block in enumerate(blocks)]
        else:
            blocks = [spread_over_sides(builder, block, (step,)) for block in blocks]
    return [held(builder, block, -language.FULL, language.FULL) for block in blocks]


@type_callable(kernel_words.places_of)
def _places_type(context):
    return lambda line, asked, places, i, run: types.int64 if isinstance(line, Line) else None


@lower_builtin(kernel_words.places_of, Line, *[types.Integer] * 4)
def _places_of(context, builder, sig, args):
    line = cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    asked, places, i, run = (context.cast(builder, value, given, types.int64) for value, given in zip(args[1:], sig.args[1:]))
    room = cgutils.alloca_once_value(builder, smaller(builder, run, builder.sub(line.size, line.at)))
    row, whole = builder.mul(line.size, I64(FRAME_BYTES)), ir.VectorType(I64, WIDEST)
    begins = ir.Constant(whole, ir.Undefined)
    for lane in range(WIDEST):
        begin = builder.add(builder.sub(line.address, builder.mul(i, I64(FRAME_BYTES))), builder.mul(row, I64(lane // ROW)))
        begins = builder.insert_element(begins, begin, I32(lane))
    for j in range(len(WORDS)):
        wanted = loaded(builder, builder.add(asked, I64(ASKED * j)), ir.VectorType(I32, WIDEST), 64)
        with builder.if_then(builder.icmp_signed("!=", builder.extract_element(wanted, I32(0)), I32(0))):
            is_there = builder.and_(builder.icmp_signed(">=", wanted, constant(wanted, NEAREST)),
                                    builder.icmp_signed("<=", wanted, everywhere(builder, smaller(builder, line.age, line.longest), wanted)))
            frame = builder.sub(everywhere(builder, line.at, wanted), wanted)
            frame = smaller(builder, frame, builder.add(frame, everywhere(builder, line.size, wanted)), signed=False)
            left = builder.select(is_there, builder.sub(everywhere(builder, line.size, wanted), frame), constant(wanted, 0))
            least = builder.sext(builder.extract_element(folded(builder, left, 1, smaller), I32(0)), I64)
            builder.store(smaller(builder, builder.load(room), least), room)
            offsets = builder.mul(builder.zext(frame, whole), ir.Constant(whole, [FRAME_BYTES] * WIDEST))
            builder.store(builder.add(begins, offsets), pointer(builder, builder.add(places, I64(LIES * j)), whole)).align = 64
    into = builder.add(begins, spread(builder, builder.mul(line.at, I64(FRAME_BYTES)), WIDEST))
    builder.store(into, pointer(builder, builder.add(places, I64(INTO)), whole)).align = 64
    return builder.load(room)


def address_of(builder, places, lane, i):
    """Where a lane's place is in frame `i`."""
    place = builder.load(pointer(builder, builder.add(places, I64(8 * lane)), I64))
    return builder.add(place, builder.mul(i, I64(FRAME_BYTES)))


def block_at(builder, places, lane, i, kind=BLOCK, column=0):
    """What lies from the place of a lane on: four frames of its row, where nothing is said."""
    return loaded(builder, builder.add(address_of(builder, places, lane, i), I64(4 * column)), kind, 4 if column else FRAME_BYTES)


def turned(builder, blocks):
    """Four vectors of four parts each: the first part of all, the second, the third, the last."""
    def pairs(a, b, parts):
        order = [ROW * part + k for part in parts for k in range(ROW)]
        return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(I32, len(order)), order))

    a, b, c, d = blocks
    even = pairs(a, b, (0, 2, 4, 6)), pairs(c, d, (0, 2, 4, 6))
    odd = pairs(a, b, (1, 3, 5, 7)), pairs(c, d, (1, 3, 5, 7))
    return [pairs(*even, (0, 2, 4, 6)), pairs(*odd, (0, 2, 4, 6)), pairs(*even, (1, 3, 5, 7)), pairs(*odd, (1, 3, 5, 7))]


def brings(name, count):
    """Gives the word of this name (places, i) its meaning, which the decorated function emits: so many frames."""
    word = kernel_words.BRINGS[name]

    @type_callable(word)
    def typer(context):
        return lambda places, i: types.UniTuple(Lanes(WIDEST), count) if isinstance(places, types.Integer) and isinstance(i, types.Integer) else None

    def attach(emit):
        @lower_builtin(word, types.Integer, types.Integer)
        def lower(context, builder, sig, args):
            return context.make_tuple(builder, sig.return_type, emit(builder, *(context.cast(builder, value, given, types.int64) for value, given in zip(args, sig.args))))
        return emit
    return attach


def blocks_of_each(builder, places, i):
    """Four frames, row by row, of what each lane finds at its own place."""
    blocks = []
    for group in range(GROUPS):
        block = block_at(builder, places, ROW * group, i)
        for lane in range(1, ROW):
            order = [k + BLOCK.count * (k % ROW == lane) for k in range(BLOCK.count)]
            block = builder.shuffle_vector(block, block_at(builder, places, ROW * group + lane, i), ir.Constant(ir.VectorType(I32, BLOCK.count), order))
        blocks.append(block)
    return blocks


def blocks_by_rows(builder, places, i):
    """The same where each row has one place."""
    return [block_at(builder, places, ROW * group, i) for group in range(GROUPS)]


brings("four_of_each", ROW)(lambda builder, places, i: turned(builder, blocks_of_each(builder, places, i)))
brings("four_by_rows", ROW)(lambda builder, places, i: turned(builder, blocks_by_rows(builder, places, i)))


def summed(builder, blocks):
    """The sides of some frames, whose rows are these: a vector with left and right of each frame twice, in its four lanes."""
    a, b, c, d = blocks
    whole = builder.fadd(builder.fadd(a, c), builder.fadd(b, d))
    return builder.fadd(whole, shuffled(builder, whole, [lane ^ 2 for lane in range(whole.type.count)]))


@brings("four_of_sides", ROW)
def _(builder, places, i):
    sums = summed(builder, [block_at(builder, places, ROW * group, i) for group in range(GROUPS)])
    return [shuffled(builder, sums, [ROW * frame + lane % 2 for lane in range(WIDEST)]) for frame in range(ROW)]


@brings("one_of_sides", 1)
def _(builder, places, i):
    sums = summed(builder, [block_at(builder, places, ROW * group, i, ir.VectorType(F32, ROW)) for group in range(GROUPS)])
    return [shuffled(builder, sums, [lane % 2 for lane in range(WIDEST)])]


@brings("one_of_each", 1)
def _(builder, places, i):
    frame = ir.Constant(ir.VectorType(F32, WIDEST), ir.Undefined)
    for lane in range(WIDEST):
        frame = builder.insert_element(frame, block_at(builder, places, lane, i, F32, lane % ROW), I32(lane))
    return [frame]


@brings("one_by_rows", 1)
def _(builder, places, i):
    return [joined(builder, [block_at(builder, places, ROW * group, i, ir.VectorType(F32, ROW)) for group in range(GROUPS)])]


def writes(word, count, rows_of):
    """Gives a word (places, i, a value for each of `count` frames) its meaning: each row is written where it goes on, as `rows_of` has them of the frames."""
    @type_callable(word)
    def typer(context):
        return fixed(2 + count, lambda places, i, *values: types.void if isinstance(places, types.Integer) and isinstance(i, types.Integer) else None)

    @lower_builtin(word, types.Integer, types.Integer, *[types.Any] * count)
    def lower(context, builder, sig, args):
        places, i = (context.cast(builder, value, given, types.int64) for value, given in zip(args[:2], sig.args))
        if isinstance(sig.args[2], Waiting):
            found = smeared_blocks(context, builder, sig.args[2:], args[2:], i)
        else:
            found = rows_of(builder, [as_lanes(context, builder, value, given, Lanes(WIDEST)) for value, given in zip(args[2:], sig.args[2:])])
        for group, row in enumerate(found):
            place = address_of(builder, builder.add(places, I64(INTO)), ROW * group, i)
            builder.store(row, pointer(builder, place, row.type)).align = FRAME_BYTES
        return context.get_dummy_value()


writes(kernel_words.write_four, ROW, turned)
writes(kernel_words.write_one, 1, lambda builder, frames: [shuffled(builder, frames[0], list(range(lane, lane + ROW))) for lane in range(0, WIDEST, ROW)])
