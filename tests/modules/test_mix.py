"""A `mix` goes from what came in to what the module makes of it, and a cable takes it no further: beyond its ends an effect would be louder than itself."""
import numpy as np
import pytest

from chronus.modules.registry import builtin
from chronus.workshop.harness import play

MIXED = sorted(name for name, module in builtin().items() if module.bypass and module.param("mix"))


@pytest.mark.parametrize("type_", MIXED)
def test_beyond_its_ends_a_mix_is_at_its_end(type_):
    module, noise = builtin()[type_], np.random.default_rng(1).uniform(-1.0, 1.0, 4_800).astype(np.float32)
    heard = {mix: play(module, len(noise), 2, mix=mix, **{module.bypass: noise}).outlets[0] for mix in (-3.0, 0.0, 1.0, 7.0)}
    assert (heard[-3.0] == heard[0.0]).all() and (heard[7.0] == heard[1.0]).all()
