"""Where modules are made and proved: a user's file is read, checked, compiled and proved in a process of its own, and comes back as data."""
