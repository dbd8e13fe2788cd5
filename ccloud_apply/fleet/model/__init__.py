"""Values of a fleet: its configuration, and how its stacks stand. No I/O."""
