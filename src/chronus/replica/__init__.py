"""The render loop: the same log in, the same blocks out. Native code that meets nobody but the shared memory."""
