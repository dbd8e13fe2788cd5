"""The buttons of a stack: each is a form that posts to an address of its own, and works without a
script. Who may press which is asked again where the form arrives."""

from html import escape

from ccloud_apply.fleet.decide import MAX_DESTROY
from ccloud_apply.fleet.web.pages.words import address, path_of
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.fleet import FleetPlan, FleetStack
from ccloud_apply.model.results.plan import DESTROYS_DATA, DESTRUCTIVE, Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """What whoever looks may do in the stack's account; `csrf` is the hidden field of each form."""

    csrf: str = ""
    may_approve: bool = True
    may_administer: bool = True


def render_actions(stack: FleetStack, powers: Powers) -> str:
    """Run, pause or resume; nothing for who may not."""
    if not powers.may_approve:
        return '<div id="actions"></div>\n'
    pause = _resume(stack, powers) if stack.pause is not None else _pause(stack, powers)
    return f'<div id="actions" class="actions">{_run(stack, powers)}{pause}</div>\n'


def render_decision(
    stack: FleetStack, plan: FleetPlan, powers: Powers, *, is_shown: bool = True
) -> str:
    """Approve and reject for a plan that waits; reject alone for one that is approved, or of which
    the page cannot show what it does."""
    if not powers.may_approve:
        return ""
    digest = f'<input type="hidden" name="plan" value="{escape(plan.digest)}">'
    reject = (
        "<details><summary>Reject</summary>"
        + _form(stack, "reject", powers, f'{digest}<div class="fields">{_REJECT}</div>')
        + "</details>"
    )
    if plan.decision != "proposed" or not is_shown:
        return f'<div class="actions">{reject}</div>\n'
    approve = _form(stack, "approve", powers, f'{digest}<button class="main">Approve</button>')
    destroys = _allow_destroy(stack, digest, powers) if _counts_for_cap(plan) else ""
    return f'<div class="actions">{approve}{reject}{destroys}</div>\n'


_CAPPED = (*DESTRUCTIVE, Action.RETIRE, DESTROYS_DATA)


def _counts_for_cap(plan: FleetPlan) -> bool:
    """True if a cap on destroyed servers may hold the plan."""
    return any(plan.summary.get(name) for name in _CAPPED)


_REJECT = (
    '<label class="long">Why <input name="reason" required maxlength="500"'
    ' placeholder="what has to be different"></label><button class="danger">Reject</button>'
)
PAUSES = {"4h": "4 hours", "1d": "1 day", "7d": "7 days", "30d": "30 days"}
"""How long a pause may be that the page offers, in words."""

PAUSE = "7d"
"""How long it is if nobody says otherwise."""

_ENDS = "".join(
    f'<option value="{value}"{" selected" if value == PAUSE else ""}>{words}</option>'
    for value, words in PAUSES.items()
)
_PAUSE = (
    '<label class="long">Why <input name="reason" required maxlength="500"'
    ' placeholder="what is being waited for"></label>'
    f'<label>For <select name="until">{_ENDS}</select></label><button>Pause</button>'
)


def _allow_destroy(stack: FleetStack, digest: str, powers: Powers) -> str:
    if not powers.may_administer:
        return ""
    fields = (
        '<label>Servers that may be destroyed <input type="number" name="allow_destroy" min="1"'
        f' max="{MAX_DESTROY}" required></label>'
        '<button class="danger">Approve with this limit</button>'
    )
    return (
        "<details><summary>Raise the limit of destroyed servers</summary>"
        + _form(stack, "approve", powers, f'{digest}<div class="fields">{fields}</div>')
        + "</details>"
    )


def _run(stack: FleetStack, powers: Powers) -> str:
    if stack.pause is not None or not stack.is_declared:
        return ""
    return _form(stack, "run", powers, "<button>Run now</button>")


def _pause(stack: FleetStack, powers: Powers) -> str:
    fields = f'<div class="fields">{_PAUSE}</div>'
    form = _form(stack, "pause", powers, fields)
    return f"<details><summary>Pause</summary>{form}</details>"


def _resume(stack: FleetStack, powers: Powers) -> str:
    return _form(stack, "resume", powers, "<button>Resume</button>")


def _form(stack: FleetStack, action: str, powers: Powers, inner: str) -> str:
    place = address(path_of("stacks", stack.account, stack.name, action))
    return f'<form method="post" action="{place}">{powers.csrf}{inner}</form>'
