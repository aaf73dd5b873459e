"""The seven proofs, for every module of the instrument."""

import os

import pytest

from chronus.limits import LANES
from chronus.modules.registry import builtin
from chronus.workshop import proofs

every_module = pytest.mark.parametrize("module", builtin().values(), ids=builtin())


@every_module
def test_contract(module):
    proofs.prove_contract(module)
    assert module.formula.__module__ == f"chronus.modules.{module.kind}.{module.id}"


@every_module
def test_response(module):
    proofs.prove_response(module)


@every_module
def test_the_kernel_is_the_formula(module):
    proofs.prove_reference(module)


@every_module
def test_same_bits_for_any_block_size(module):
    proofs.prove_block_size(module)


@every_module
def test_same_bits_after_reset_and_restore(module):
    proofs.prove_reset_and_restore(module)


@every_module
def test_silence_to_silence_without_denormals(module):
    proofs.prove_silence(module)


@every_module
def test_hostile_input_stays_finite(module):
    proofs.prove_hostile(module)


@every_module
def test_same_bits_for_any_number_of_lanes(module):
    """Two and eight lanes are compiled by `make proofs` alone: a third of the suite's time went into them."""
    proofs.prove_lanes(module, counts=LANES if os.environ.get("CHRONUS_ALL_LANES") else (1, 4, 16))
