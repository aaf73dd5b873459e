"""Python functions that become native code: one source, run by the processor in the engine and by the interpreter in the simulator.

`words` says what such a function may do with memory and with the system, as plain Python. `lowering` gives each of those
operations its machine instruction. `build` compiles a function once, keeps the object file, and loads it without Numba.
"""
