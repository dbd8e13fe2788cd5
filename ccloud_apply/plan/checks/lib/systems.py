"""How addons and rollouts name the systems that they support, which the API document leaves open.

It shows `ubuntu-22` for an addon, `buster_uefi` and `Linux Debian 10` for an image. Words of
letters are compared (`ubuntu`), numbers only where they agree as they are: a number that differs
can be another spelling of the same version.
"""

from collections.abc import Iterable
from enum import Enum

from ccloud_apply.aspects.base import clean_text
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.live.account import Image

_WORD = lazy_pattern(r"[a-z]+|\d+")
_SAYS_NOTHING = frozenset(
    (
        *("uefi", "bios", "server", "standard", "en", "de", "us", "x", "lts"),
        *("all", "any", "every"),  # supported systems
    )
)


class Support(Enum):
    """Whether an addon or a rollout supports a system: yes, surely not, or not to be told."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


def read_words(*texts: str | None) -> frozenset[str]:
    """The words and numbers of these names that say which system it is."""
    words = (word for text in texts if text for word in _WORD.findall(text.lower()))
    return frozenset(words) - _SAYS_NOTHING


def words_of(image: Image) -> frozenset[str]:
    """The words of an image's names."""
    return read_words(image.image, image.name, image.ostype)


@dataclass(frozen=True, slots=True)
class System:
    """What a server runs: the words of its names, and whether the image catalogue has it."""

    words: frozenset[str]
    is_known: bool


def read_system(image: Image | None, os_name: str | None, images: Iterable[Image]) -> System:
    """The system of an image, or of that name."""
    wanted = clean_text(os_name)
    named = (other for other in images if wanted and clean_text(other.name) == wanted)
    found = image or next(named, None)
    return System(read_words(os_name) if found is None else words_of(found), found is not None)


def judge_support(supported: Iterable[str], system: System, images: Iterable[Image]) -> Support:
    """Whether a list of supported systems has this one.

    NO only where the image catalogue has the system, every entry is of a family that it has too,
    and none is of the system's family: another version of it may be a matter of spelling.
    """
    entries = [read_words(entry) for entry in supported]
    words = system.words
    if not entries or not words or any(entry <= words for entry in entries):
        return Support.YES
    families = [frozenset(word for word in entry if word.isalpha()) for entry in entries]
    known = frozenset(word for image in images for word in words_of(image))
    is_understood = all(family and family <= known for family in families)
    has_family = any(family <= words for family in families)
    is_sure = system.is_known and is_understood and not has_family
    return Support.NO if is_sure else Support.UNSURE
