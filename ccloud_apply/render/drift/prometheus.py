"""Drift as metrics for the textfile collector of Prometheus' node exporter.

Every series of a stack always exists, if need be with 0: an alert on a missing series never fires.
No sample has a time stamp of its own, because the collector would refuse it.
"""

from collections.abc import Iterable, Iterator, Mapping

from ccloud_apply import __version__
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.render.lib.escape import escape_line

_PREFIX = "ccloud_apply_"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}

Sample = tuple[Mapping[str, str], float]


def render_drift_prometheus(report: DriftReport) -> str:
    """The metrics in Prometheus' text format, with a line break at the end."""
    return "".join(line + "\n" for line in _lines(report))


def _lines(report: DriftReport) -> Iterator[str]:
    yield from _gauge(
        "drift_servers",
        "Servers of a stack by how they compare with what is declared.",
        (
            ({"stack": stack.stack, "state": state}, count)
            for stack in report.stacks
            for state, count in (
                ("drifted", len(stack.entries)),
                ("missing", len(stack.missing)),
                ("extra", len(stack.extra)),
                ("retired", len(stack.retired)),
                ("in_sync", len(stack.in_sync)),
                ("not_compared", len(stack.not_compared)),
            )
        ),
    )
    yield from _gauge(
        "drift_unknown_fields",
        "Declared fields of compared servers whose live value cannot be told.",
        (
            ({"stack": stack.stack}, sum(len(found.fields) for found in stack.unknown))
            for stack in report.stacks
        ),
    )
    yield from _gauge(
        "drift_fields_not_looked_at",
        "Declared fields of a stack that --lists-only did not look at.",
        (({"stack": stack.stack}, len(stack.not_looked_at)) for stack in report.stacks),
    )
    yield from _gauge(
        "other_stack_servers",
        "Servers of the account by the stack that their tags name, where it was not given.",
        (({"stack": other.stack}, other.servers) for other in report.other_stacks),
    )
    yield from _gauge(
        "unmanaged_servers",
        "Servers of the account that belong to no stack.",
        [({}, len(report.unmanaged))],
    )
    yield from _gauge(
        "drift_last_read_timestamp_seconds",
        "When the account was last read and compared, in Unix time.",
        [({}, report.read_at.timestamp())],
    )
    yield from _gauge(
        "build_info", "The version that wrote this, always 1.", [({"version": __version__}, 1)]
    )


def _gauge(name: str, text: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {_PREFIX}{name} {text}"
    yield f"# TYPE {_PREFIX}{name} gauge"
    for labels, value in samples:
        pairs = ",".join(f'{label}="{_escape(text)}"' for label, text in labels.items())
        yield f"{_PREFIX}{name}{f'{{{pairs}}}' if pairs else ''} {value:.10g}"


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in escape_line(text))
