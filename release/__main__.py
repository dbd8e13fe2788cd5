"""Make and check releases of ccloud-apply. docs/releasing.md describes all steps."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from ccloud_apply import home
from release import check, git
from release.changelog import cut
from release.home import move_home
from release.notes import make_notes
from release.problems import ReleaseError
from release.published import expect_published
from release.version import Version, parse_tag, parse_version

ROOT = Path(__file__).parent.parent
PYPI = "https://pypi.org/simple"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 1 where the release cannot go on."""
    given = make_parser().parse_args(arguments)
    try:
        run: Callable[[argparse.Namespace], None] = given.run
        run(given)
    except ReleaseError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The command line, with the function that runs each command as `run`."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser(
        "cut", help="move the unreleased changes of the changelog to the section of a version"
    )
    one.add_argument("version", type=_version)
    one.add_argument("--date", type=_day, help="the day of the release (default: today, UTC)")
    one.set_defaults(run=_cut)

    one = commands.add_parser(
        "check", help="check whether a tag can be released, and list what prevents it"
    )
    one.add_argument("tag", type=_tag)
    one.add_argument(
        "--branch", default="main", help="the branch that releases are made from (default: main)"
    )
    one.set_defaults(run=_check)

    one = commands.add_parser("notes", help="print the release notes of a version")
    one.add_argument("version", type=_version)
    one.set_defaults(run=_notes)

    one = commands.add_parser("assemble", help="build all files of a release from a tagged commit")
    one.add_argument("tag", type=_tag)
    one.add_argument("--out", type=Path, required=True)
    one.set_defaults(run=_assemble)

    one = commands.add_parser(
        "rehearse", help="run all steps of a release on this machine, except publishing"
    )
    one.add_argument("version", type=_version, nargs="?", help="default: the next version")
    one.add_argument("--out", type=Path, default=ROOT / "dist" / "rehearsal")
    one.set_defaults(run=_rehearse)

    one = commands.add_parser(
        "compare", help="compare the files of a package index with those that were built"
    )
    one.add_argument("packages", type=Path)
    one.add_argument("--index", default=PYPI)
    one.add_argument("--attempts", type=int, default=20)
    one.set_defaults(run=_compare)

    one = commands.add_parser(
        "home", help="write the project's address to all files that contain it"
    )
    one.add_argument("address")
    one.set_defaults(run=_home)
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a date: write it as 2027-01-31") from None


def _argument(parse: Callable[[str], Version]) -> Callable[[str], Version]:
    def convert(text: str) -> Version:
        try:
            return parse(text)
        except ReleaseError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


_version = _argument(parse_version)
_tag = _argument(parse_tag)


def _cut(given: argparse.Namespace) -> None:
    git.expect_repository(ROOT)
    day = given.date or datetime.now(UTC).date()
    changelog = check.read_changelog(ROOT)
    if missing := git.find_missing_tags(ROOT, [one.version for one in changelog.released]):
        raise ReleaseError(*missing)
    tagged = git.is_tagged(ROOT, given.version)
    text = cut(changelog, given.version, day, is_tagged=tagged).render()
    (ROOT / "CHANGELOG.md").write_text(text, encoding="utf-8")


def _check(given: argparse.Namespace) -> None:
    git.expect_repository(ROOT)
    if problems := check.find_problems(ROOT, given.tag, branch=given.branch):
        raise ReleaseError(*problems)
    print(f"{given.tag.tag} can be released")


def _notes(given: argparse.Namespace) -> None:
    notes = make_notes(check.read_changelog(ROOT), given.version, home.REPOSITORY_URL)
    print(notes, end="")


def _assemble(given: argparse.Namespace) -> None:
    from release.assemble import assemble  # the checks need none of its tools

    git.expect_repository(ROOT)
    for path in assemble(ROOT, given.tag, given.out.resolve(), print):
        print(path)


def _rehearse(given: argparse.Namespace) -> None:
    from release.rehearse import next_version, rehearse

    git.expect_repository(ROOT)
    version = given.version or next_version(ROOT)
    out = given.out.resolve()
    stops = rehearse(ROOT, version, out, print)
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        print(f"{path.stat().st_size:>10,} bytes  {path.relative_to(out)}")
    print(f"{version} has been rehearsed; its files are in {out}. Nothing was published.")
    for problem in stops:
        print(f"Before the real release: {problem}")


def _compare(given: argparse.Namespace) -> None:
    for name in expect_published(given.packages, given.index, attempts=given.attempts):
        print(f"{name} is the file that was built")


def _home(given: argparse.Namespace) -> None:
    for path in move_home(ROOT, given.address):
        print(path)


if __name__ == "__main__":
    sys.exit(main())
