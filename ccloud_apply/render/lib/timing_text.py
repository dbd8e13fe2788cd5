"""How long something is expected to take, in words that all formats share."""

from collections.abc import Iterable
from math import ceil

from ccloud_apply.model.results.plan import ServerPlan
from ccloud_apply.model.results.timing import ApplyLength, sum_downtime
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.render.lib.escape import escape_short

_MAX_UNKNOWN = 5


def span_words(seconds: int) -> str:
    """`45 s`, `12 min`, `1 h 30 min`: whole minutes, rounded up, from two minutes on."""
    if seconds < 120:
        return f"{seconds} s"
    minutes = ceil(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60:,} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60:,} h"


def downtime_words(server: ServerPlan) -> str:
    """`of about 45 s`, or `of unknown length`."""
    seconds = server.downtime_s
    return "of unknown length" if seconds is None else f"of about {span_words(seconds)}"


def downtime_total_words(servers: Iterable[ServerPlan]) -> str:
    """`about 90 s in all, the longest 45 s; unknown for 1 of them`: expected downtime."""
    total = sum_downtime((server.key, server.downtime_s) for server in servers)
    if total.seconds is None or total.longest_seconds is None:
        return "of unknown length"
    words = f"about {span_words(total.seconds)}"
    if total.servers > 1:
        words += f" in all, the longest {span_words(total.longest_seconds)}"
    return f"{words}; unknown for {len(total.unknown):,} of them" if total.unknown else words


def length_line(length: ApplyLength | None) -> str:
    """`Expected length of the apply: about 2 min, by 12 earlier tasks of the account`.

    Nothing where nothing asked for it, or none of it is known.
    """
    if length is None or length.seconds is None:
        return ""
    how = "at least" if length.unknown else "about"
    tasks = count_of(length.tasks, "earlier task")
    line = (
        f"Expected length of the apply: {how} {span_words(length.seconds)},"
        f" by {tasks} of the {length.source}"
    )
    if not length.unknown:
        return line
    names = join_names(map(escape_short, length.unknown), most=_MAX_UNKNOWN)
    return f"{line}; unknown for {names}"
