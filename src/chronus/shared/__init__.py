"""The only memory that two processes both see: where everything stands in it, and how it is read and written.

Functions marked [device], [replica], [control], [supervisor] or [any] say who may call them; those that take a `base` (the address at which
a process has mapped the memory) are native code as well.
"""
