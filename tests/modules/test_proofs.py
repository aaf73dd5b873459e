"""The seven proofs, for every module of the instrument: in two classes, so that two workers have half each."""

import os

from chronus.limits import LANES
from chronus.modules.registry import builtin
from chronus.workshop import proofs

SOUNDING = ("oscillators", "drums", "effects")


def pytest_generate_tests(metafunc):
    found = {name: module for name, module in builtin().items() if (module.kind in SOUNDING) == metafunc.cls.sounding}
    metafunc.parametrize("module", found.values(), ids=found)


class Proofs:
    def test_contract(self, module):
        proofs.prove_contract(module)
        assert module.formula.__module__ == f"chronus.modules.{module.kind}.{module.id}"

    def test_response(self, module):
        proofs.prove_response(module)

    def test_the_kernel_is_the_formula(self, module):
        proofs.prove_reference(module)

    def test_same_bits_for_any_block_size(self, module):
        proofs.prove_block_size(module)

    def test_same_bits_after_reset_and_restore(self, module):
        proofs.prove_reset_and_restore(module)

    def test_silence_to_silence_without_denormals(self, module):
        proofs.prove_silence(module)

    def test_hostile_input_stays_finite(self, module):
        proofs.prove_hostile(module)

    def test_same_bits_for_any_number_of_lanes(self, module):
        """The kernels of all numbers of lanes are compiled by `make proofs` alone: half of the suite's time went into them. Here it is the formula
        that is proved, and that the kernel of four lanes is the formula.
        """
        if os.environ.get("CHRONUS_ALL"):
            proofs.prove_lanes(module, counts=LANES)
        proofs.prove_formula_lanes(module)


class TestWhatSounds(Proofs):
    sounding = True


class TestWhatShapes(Proofs):
    sounding = False
