"""What stops a release, told to whoever makes it."""


class ReleaseError(Exception):
    """A release that cannot go on: a sentence for each reason, with the way out."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
