"""How many examples a law is tried with."""

from hypothesis import settings

USUAL = 100


def examples(number: int) -> int:
    """The number itself; fewer, and at least one, where the profile asks for fewer than usual."""
    return max(1, number * settings().max_examples // USUAL)
