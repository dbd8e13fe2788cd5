"""Names a rule of a policy so that a person finds it, also where it is not in the stack's file."""

from ccloud_apply.model.declared.stack import Stack


def name_rule(stack: Stack, name: str) -> str:
    """`policy.max_destroy`, and the place of it where another file than the stack's says it."""
    source = stack.policy.sources.get(name)
    if source is None or source.path == stack.path:
        return f"policy.{name}"
    return f"policy.{name} in {source.path}:{source.line}"
