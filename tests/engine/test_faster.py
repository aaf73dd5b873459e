"""Faster kernels come while a patch plays, and nobody hears it."""

from engine_process import until

from chronus.native.build import folder


def faster(engine) -> dict:
    return engine.client.status()["faster"]


def test_they_are_compiled_beside_the_engine_and_taken_up_while_it_plays(start):
    for path in folder().glob("*ring_modulator_1_*.o"):
        path.unlink()
    engine = start(CHRONUS_FASTER="1")
    with engine.take("taken-up"):
        assert engine.ask("/gate/adsr", 1.0).ok
        for address, *args in (("create", "ring", "ring_modulator"), ("connect", "adsr", "ring"), ("connect", "ring", "out"), ("commit",)):
            assert engine.ask(f"/patch/{address}", *args).ok
        assert faster(engine)["there"] < faster(engine)["of"]
        until(lambda: faster(engine)["there"] == faster(engine)["of"], "all faster kernels", seconds=120)
        until(lambda: faster(engine)["taken"] == faster(engine)["of"], "both replicas have them")
        engine.advance(400)
        assert engine.ask("/mod/ring/freq", 330.0).ok
        engine.advance(100)
