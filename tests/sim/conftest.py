"""Options of the simulator: which seeds, and how many."""

SEEDS = 4


def pytest_addoption(parser):
    parser.addoption("--sim-seeds", type=int, default=SEEDS, help="how many seeds tests/sim plays")
    parser.addoption("--sim-seed", type=int, default=None, help="the one seed that tests/sim plays again")


def pytest_generate_tests(metafunc):
    if "sim_seed" in metafunc.fixturenames:
        one, many = (metafunc.config.getoption(name, default) for name, default in (("sim_seed", None), ("sim_seeds", SEEDS)))
        metafunc.parametrize("sim_seed", [one] if one is not None else range(many))
