"""The work folder: its paths, the lock of a stack, files that only the user may read."""
