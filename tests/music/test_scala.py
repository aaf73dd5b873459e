"""Scala files: the example and the lines of the format's own page, written and read again, and every mistake by its line."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chronus import limits
from chronus.music.scala import ScalaError, read_kbm, read_scl, write_kbm, write_scl
from chronus.music.tunings import Mapping, TunedScale, Tuning, tuning

MEANTONE = """! meanquar.scl
!
1/4-comma meantone scale. Pietro Aaron's temperament (1523)
 12
!
 76.04900
 193.15686
 310.26471
 5/4
 503.42157
 579.47057
 696.57843
 25/16
 889.73529
 1006.84314
 1082.89214
 2/1
"""
WHITE = """! Size of map. The pattern repeats every so many keys:
12
! First MIDI note number to retune:
0
! Last MIDI note number to retune:
127
! Middle note where the first entry of the mapping is mapped to:
60
! Reference note for which frequency is given:
69
! Frequency to tune the above note to (floating point e.g. 440.0):
440.000000
! Scale degree to consider as formal octave:
7
! Mapping.
0
x
1
x
2
3
x
4
x
5
x
6
"""


def test_the_example_of_the_format():
    scale = read_scl(MEANTONE)
    assert scale.about == "1/4-comma meantone scale. Pietro Aaron's temperament (1523)" and scale.pitches == tuning("meantone").scale.pitches
    assert len(scale.pitches) == 12 and scale.pitches[3] == Fraction(5, 4) and scale.pitches[0] == 76.049


@pytest.mark.parametrize("line, pitch", (("81/64", Fraction(81, 64)), ("408.0", 408.0), ("408.", 408.0), ("5", Fraction(5)), ("-5.0", -5.0),
    ("10/20", Fraction(1, 2)),
                                         ("100.0 cents", 100.0), (" 100.0 C#", 100.0), (" 5/4   E\\", Fraction(5, 4)), ("3/2!", Fraction(3, 2)), ("3/2 1e3, a remark", Fraction(3, 2)), ("\t2/1", Fraction(2)),
                                         (".5", 0.5),
                                         ("2147483647/2147483646", Fraction(2147483647, 2147483646))))
def test_the_lines_that_the_format_calls_valid(line, pitch):
    (found,) = read_scl(f"\n1\n{line}\n").pitches
    assert found == pitch and type(found) is type(pitch)


def test_descriptions_may_be_empty_and_files_may_come_from_anywhere():
    assert read_scl("!\n\n0\n") == TunedScale("",
        ()) and read_scl("! a\r\nb\r\n1\r\n2/1\r\n").about == "b" and read_scl("a\n 1 \n!\n2/1\n\n \n").pitches == (2,)


@pytest.mark.parametrize("text, hint", (
    ("", "line 1: a .scl file begins with a description"), ("! only\n! comments\n", "begins with a description"),
    ("about\n", "line 1: after the description comes the number"),
    ("about\ntwelve\n", "line 2: the number of notes is a whole number from 0 to 4096, not 'twelve'"), ("about\n-1\n", "line 2"),
    ("about\n5000\n", "line 2"),
    ("about\n1.5\n2/1\n", "line 2"), ("about\n2\n3/2\n", "line 3: the file ends after 1 of the 2 pitches that line 2"),
    ("about\n1\n!\n3/2\n2/1\n", "line 5: line 2 announces 1 pitches"),
    ("about\n1\nfifth\n", "line 3: 'fifth' is no pitch; write cents"), ("about\n1\n-5\n", "line 3"), ("about\n1\n3/0\n", "line 3"),
    ("about\n1\n0\n", "line 3"), ("about\n1\n3/-2\n", "line 3"),
    ("about\n1\n-3/2\n", "line 3"), ("about\n1\n3/2/1\n", "line 3"), ("about\n1\n3/\n", "line 3"), ("about\n1\n" + "9" * 50 + "\n", "line 3"),
    ("about\n1\n" + "9" * 50 + ".0\n", "line 3"),
    *((f"about\n1\n{pitch}\n", f"line 3: '{pitch}' is no pitch") for pitch in ("701,955", "3 / 2", "3 /2", "3/ 2", "1e3", "2/1e3", "3:2", "701.955,5", "2^7/12", "3.5/2")),
    ("about\n1\nnan\n", "line 3"), ("about\n1\n1.5e2\n", "line 3"), ("about\n1\n1.2.3\n", "line 3"), ("about\n1\n3/2\n! but\ninf\n", "line 5"),
    ("a" * (limits.SCALE_FILE_BYTES + 1), "at most 262144 bytes")))
def test_a_mistake_in_a_scale_is_told_by_its_line(text, hint):
    with pytest.raises(ScalaError) as told:
        read_scl(text)
    assert hint in str(told.value)


@pytest.mark.parametrize("mark", ["\ufeff", "\u00ef\u00bb\u00bf"])
def test_the_mark_before_utf_8_is_no_line(mark):
    """The second one is how Latin-1 reads the bytes of the first."""
    assert read_scl(mark + MEANTONE) == read_scl(MEANTONE) and read_kbm(mark + WHITE) == read_kbm(WHITE) and read_scl(mark + "fifth\n1\n3/2\n").about == "fifth"


def test_white_keys():
    mapping = read_kbm(WHITE)
    assert mapping == Mapping((0, None, 1, None, 2, 3, None, 4, None, 5, None, 6), 0, 127, 60, 69, 440.0, 7)
    assert Tuning(read_scl("just\n7\n9/8\n5/4\n4/3\n3/2\n5/3\n15/8\n2\n"), mapping).hz(60) == pytest.approx(264.0)


def test_linear_mappings_and_what_may_be_left_out():
    assert read_kbm("0\n0\n127\n60\n69\n440\n0\n") == Mapping()
    assert read_kbm("4 keys\n0\n127\n60\n60\n261.6 Hz\n12 \n0\n1 ! note\nX\n").degrees == (0, 1, None, None)


@pytest.mark.parametrize("change, hint", (
    (("12\n! F", "twelve\n! F"), "line 2: the size of the mapping"), (("12\n! F", "12x\n! F"), "line 2"),
    (("\n0\n! L", "\n-1\n! L"), "line 4: the first key to retune is a whole number from 0 to 127, not '-1'"),
    (("127", "128"), "line 6: the last key"), (("\n60\n", "\n\n"), "line 12: the reference key is"), (("\n60\n", "\nc4\n"), "line 8: the middle key"),
    (("440.000000", "0.0"), "line 12: the frequency"), (("440.000000", "-440"), "line 12"), (("440.000000", "1e3"), "line 12"),
    (("440.000000", "9999999.0"), "line 12"),
    (("\n7\n", "\n-7\n"), "line 14: the degree that is the formal octave"), (("\n5\n", "\nx\n"), "line 10: the reference key 69 plays nothing"),
    (("\n6\n", "\n6\n7\n"), "line 28: line 2 announces a mapping of 12 keys"), (("\n3\n", "\nthree\n"), "line 21: a degree of the scale"),
    (("\n3\n", "\nxylophone\n"), "line 21")))
def test_a_mistake_in_a_mapping_is_told_by_its_line(change, hint):
    assert change[0] in WHITE
    with pytest.raises(ScalaError) as told:
        read_kbm(WHITE.replace(*change, 1))
    assert hint in str(told.value)


def test_a_mapping_that_ends_early_is_told():
    with pytest.raises(ScalaError, match="line 4: a .kbm file begins with seven values .* and here are 3"):
        read_kbm("12\n0\n! comment\n127\n")
    with pytest.raises(ScalaError, match="the last key to retune, 10, lies below the first, 20"):
        read_kbm("0\n20\n10\n60\n60\n440.0\n0\n")


CENTS = st.floats(-9_999, 99_999)
RATIOS = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=10**9)


@given(st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "S")), max_size=30), st.lists(CENTS | RATIOS, max_size=30).map(tuple))
def test_what_is_written_is_read_the_same(about, pitches):
    scale = TunedScale(about, pitches)
    again = read_scl(write_scl(scale))
    assert again == scale and [type(pitch) for pitch in again.pitches] == [type(pitch) for pitch in pitches]


KEYS = st.integers(0, 127)


@given(st.lists(st.none() | st.integers(0, 4096), max_size=40).map(tuple), KEYS, KEYS, KEYS, KEYS, st.floats(0.001, 999_999), st.integers(0, 4096))
def test_a_mapping_that_is_written_is_read_the_same(degrees, one, other, middle, reference, hz, octave):
    mapping = Mapping(degrees, min(one, other), max(one, other), middle, reference, hz, octave)
    if degrees and degrees[(reference - middle) % len(degrees)] is None:
        with pytest.raises(ScalaError, match="plays nothing"):
            read_kbm(write_kbm(mapping))
    else:
        assert read_kbm(write_kbm(mapping)) == mapping


@given(st.text(st.sampled_from("!\n 0123456789./-xaé\t"), max_size=60))
def test_any_text_is_read_or_refused(text):
    for read in (read_scl, read_kbm):
        try:
            read(text)
        except ScalaError:
            pass
