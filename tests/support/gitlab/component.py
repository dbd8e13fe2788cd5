"""A CI/CD component, as GitLab reads it: inputs are checked, and put into the text of the body.

After https://docs.gitlab.com/ci/inputs/ and https://docs.gitlab.com/ci/yaml/expressions/, and
GitLab's `lib/gitlab/ci/config/interpolation`: it fills in text, before that is read as YAML.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

_EXPRESSION = re.compile(r"\$\[\[ (inputs|component)\.([\w-]+) \]\]")
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "array": list,
    "number": (int, float),
}


class InvalidInput(Exception):
    """No pipeline is made: an input is unknown, missing, or of the wrong kind."""


@dataclass(frozen=True)
class Component:
    """A template with its header."""

    header: Mapping[str, Any]
    body: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """The two documents of a template; the second one is text until it is filled in."""
        header, body = path.read_text().split("\n---\n", 1)
        return cls(yaml.safe_load(header)["spec"], body)

    def include(self, sha: str, **given: Any) -> Any:
        """The configuration that `include:` with these inputs (underscores for hyphens) adds."""
        inputs = self._check({name.replace("_", "-"): value for name, value in given.items()})
        known = {"sha": sha, "name": "ccloud-apply"}
        fields = {field: known[field] for field in self.header.get("component", [])}
        context = {"inputs": inputs, "component": fields}
        return yaml.safe_load(
            _EXPRESSION.sub(lambda found: _text(context[found[1]][found[2]]), self.body)
        )

    def _check(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        known: Mapping[str, Any] = self.header["inputs"]
        if unknown := given.keys() - known.keys():
            raise InvalidInput(f"unknown input arguments: {', '.join(sorted(unknown))}")
        return {
            name: _check_input(name, spec, given.get(name, spec.get("default")))
            for name, spec in known.items()
        }


def _check_input(name: str, spec: Mapping[str, Any], value: Any) -> Any:
    if value is None:
        raise InvalidInput(f"{name}: required value has not been provided")
    kind = spec.get("type", "string")
    if not isinstance(value, _TYPES[kind]):
        raise InvalidInput(f"{name}: provided value is not a {kind}")
    if "options" in spec and value not in spec["options"]:
        raise InvalidInput(f"{name}: {value} is not in the list of allowed values")
    if "regex" in spec and not re.search(spec["regex"], f"{value}"):
        raise InvalidInput(f"{name}: provided value does not match required RegEx pattern")
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
