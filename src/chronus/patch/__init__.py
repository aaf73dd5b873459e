"""Patches: the graph as data, and the compiler that turns it into a program."""
