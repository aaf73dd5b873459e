"""The page on quality: its pictures show every line of a spectrum, its figures are those of signals whose answer is known."""

import re

import numpy as np
import pytest

from chronus.modules.registry import builtin
from chronus.proof.plot import POINTS, chart, thinned
from chronus.proof.quality import RATE, bent, response, spectrum_db
from chronus.workshop.harness import play
from chronus.workshop.measures.spectra import ANALYSED


def test_no_line_is_lost_where_there_are_more_points_than_the_picture_has():
    x, y = np.linspace(0.0, 100.0, 50_000), np.full(50_000, 200.0)
    y[31_234] = 5.0                                             # up, in a picture
    few_x, few_y = thinned(x, y)
    assert len(few_x) <= POINTS and few_y.min() == 5.0 and abs(few_x[few_y.argmin()] - x[31_234]) < 100.0 / POINTS


def test_a_curve_stays_in_its_field():
    text = chart("a < b", {"one": (np.array([1.0, 50.0, 99_999.0]), np.array([-500.0, -20.0, 500.0]))}, 20.0, 20_000.0, -60.0, 0.0)
    (points,) = re.findall(r'points="([^"]*)"', text)
    assert len(points.split()) == 1 and "a &lt; b" in text and "20k" in text


def test_the_response_of_a_gain_is_flat_and_that_of_a_filter_is_what_it_promises():
    modules = builtin()
    assert np.abs(response(modules["gain"], "out", gain=0.5)[1] + 6.0206).max() < 0.01
    hertz, level = response(modules["filter"], "low", cutoff=1000.0, resonance=0.0)
    assert level[np.argmin(np.abs(hertz - 1000.0))] == pytest.approx(-3.01, abs=0.02)


def test_the_strongest_line_of_a_sine_is_at_its_frequency():
    hertz, level = spectrum_db(play(builtin()["sine"], ANALYSED, freq=1000.0).outlets[0][:, 0])
    assert abs(hertz[level.argmax()] - 1000.0) <= RATE / ANALYSED and level.max() == 0.0


def test_what_bends_nothing_has_no_aliases():
    worst, summed = map(int, bent(builtin()["gain"], 1244.5, {"gain": 1.0}).split(" / "))
    assert worst < -130 and summed < -130
