"""Every code that a diagnostic can have: what it means, and the way out.

The one table of codes. `docs/reference/errors.md` is made of it, and a test holds it against every
code in the source, both ways. No command imports it: it is for the documentation and for those who
look a code up. Texts are Markdown, and links in them are relative to `docs/reference/`.
"""

from collections.abc import Mapping
from dataclasses import replace

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One row: what the code means, what to do about it, and how much it stops.

    Checks whose finding is an error where it is certain and a warning where it is not are errors.
    A row without a severity of its own has that of its section.
    """

    code: str
    meaning: str
    way_out: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Codes that belong together; `note` is what has to be known of all of them."""

    title: str
    rows: tuple[Code, ...]
    severity: Severity = Severity.ERROR
    note: str = ""

    @property
    def codes(self) -> tuple[Code, ...]:
        """The rows, each with its severity."""
        return tuple(replace(row, severity=row.severity or self.severity) for row in self.rows)


_TEXT = (
    Code(
        "yaml-syntax",
        "the YAML cannot be read",
        "fix the line; text with `: ` or ` #` needs quotes",
    ),
    Code("yaml-tag", "a YAML tag such as `!!str`", "remove it; quotes make a text of anything"),
    Code("yaml-directive", "a line that begins with `%`", "remove it"),
    Code(
        "yaml-alias",
        "an alias without an anchor before it, or one that contains itself",
        "define the anchor above it",
    ),
    Code("merge-key", "`<<`", "put what servers share under `defaults`"),
    Code(
        "several-documents",
        "a second document after `---`",
        "one file is one stack: move it to a file of its own",
    ),
    Code("duplicate-key", "the same key twice in one mapping", "remove one"),
    Code(
        "bad-key",
        "a key that is not text, or has characters that are not allowed",
        "a server's key is 1 to 40 of a-z, 0-9 and `-`, with a letter or digit at both ends",
    ),
    Code(
        "bad-number",
        "a number that is too large, infinite, or not a number",
        "write another one, or put it in quotes to mean a text",
    ),
    Code("not-utf8", "the file is not UTF-8", "save it as UTF-8"),
    Code("empty-file", "the file is empty", "a stack file begins with `stack: NAME`"),
    Code("too-deep", "more than 64 levels", "nest it less deeply"),
    Code(
        "too-much",
        "the file, a text in it, or what it expands to is too large",
        "split the stack; put a long text in a file: `{file: PATH}`",
    ),
    Code(
        "not-formatted",
        "`fmt` has no layout for a part of the file, such as a key on several lines",
        "write that part in another way; only `fmt` needs this",
    ),
    Code("more-errors", "there are more errors than are shown", "fix these first"),
)


_FILE = (
    Code(
        "unknown-key",
        "a key that a stack file does not have",
        "the hint names the one that is probably meant",
    ),
    Code("missing-key", "a key that the value needs is missing", "add it"),
    Code(
        "wrong-type",
        "a value of the wrong type, such as text instead of a number",
        "the message names what is expected",
    ),
    Code(
        "bad-value",
        "a value of the right type that is not allowed",
        "the message names the rule",
    ),
    Code(
        "literal-secret",
        "a password in the file itself",
        "write `{env: CCLOUD_SECRET_NAME}` or `{file: PATH}`",
    ),
    Code(
        "bad-reference",
        "a file that does not exist, is too large, is not UTF-8 or is outside the stack's folder; "
        "or a variable outside `CCLOUD_SECRET_*`",
        "fix the path or the name",
    ),
    Code(
        "bad-interpolation",
        "a `${...}` that cannot be understood, or that is not known in its place",
        "see [interpolation](stack-file.md#interpolation); `$${` is a literal `${`",
    ),
    Code(
        "undefined-variable",
        "`${var.NAME}` of a variable that is not declared",
        "declare it under `variables`",
    ),
    Code(
        "no-environment",
        "the stack uses `${env}` or a variable that only environments set, and no environment is"
        " chosen",
        "`--env NAME` or `CCLOUD_ENV`",
    ),
    Code(
        "environments-share-name",
        "two environments give a stack one name, or take over one by `renamed`, the stack uses "
        "something of them, and they may be of one account: each would change the servers of the "
        "other",
        "put `${env}` into the name, or say which account each environment expects; servers that "
        "are live [keep their name](../guides/environments.md#from-one-stack-to-two-environments)",
    ),
    Code(
        "policy-currencies",
        "the policies of the project, its environment and the stack name different currencies",
        "name one currency",
    ),
    Code(
        "no-stacks",
        "an entry of the project file's `stacks` names no file, or all of them name none",
        "fix the entry; it is relative to the project file",
    ),
    Code(
        "bad-variable",
        "the value of a variable does not fit its type or its default, or is missing",
        "give one: `--var`, `--var-file`, `CCLOUD_VAR_NAME`",
    ),
    Code("unknown-variable", "`--var` names a variable that no stack declares", "fix the name"),
    Code(
        "unused-variable",
        "a file of variables has a name that no stack of the run declares",
        "fix the name, or remove it",
        severity=Severity.WARNING,
    ),
    Code("duplicate-stack", "two files have the same stack name", "rename one"),
    Code("duplicate-server", "two entries expand to the same key", "rename one"),
    Code("duplicate-hostname", "two entries of a file bind the same hostname", "remove one"),
    Code(
        "bad-dependency",
        "`depends_on` names a server that the file does not have, or itself",
        "fix the key",
    ),
    Code(
        "bad-extends",
        "a file of `extends` cannot be read, is outside of the folders that may be read, or extends"
        " itself",
        "fix the path, which is relative to the file that names it",
    ),
    Code(
        "unwatched-file",
        "a file that the stacks are made of is not one that `validate --watched` names, so that a"
        " change of it alone would start no pipeline",
        "add it to the [paths that start the pipeline](../ci.md#what-starts-a-pipeline), and to"
        " `--watched`",
    ),
    Code(
        "unknown-template",
        "`template` names a set of fields that no file declares",
        "fix the name, or declare it under `templates`",
    ),
    Code("dependency-cycle", "servers that depend on each other", "remove one of the dependencies"),
    Code(
        "bad-move",
        "an entry of `moved` whose keys do not fit the files",
        "`from` is a key that is gone from its file, `to` one that is in its file",
    ),
    Code(
        "bad-rename",
        "`renamed` names the stack itself, a stack that still has a file, or one that another"
        " file takes over",
        "name a stack that has no file any more, and do so in only one file",
    ),
    Code(
        "bad-release",
        "an entry of `released` that is still in the file, or is renamed",
        "remove one of them",
    ),
    Code("bad-date", "`next_run` is not a date and time", "write `YYYY-MM-DD HH:MM`"),
    Code("bad-tag", "a tag that is not a single word", "letters, digits, `:`, `-`, `_`"),
    Code(
        "reserved-tag",
        "a tag that only ccloud-apply may set, in any spelling",
        "remove it; ccloud-apply sets these tags by itself",
    ),
    Code(
        "reserved-snapshot",
        "`snapshots` contains a name that is reserved for `lifecycle.snapshot_before`",
        "choose another name",
    ),
    Code(
        "password-file-shared",
        "`password: {generate: FILE}` names one file for several servers, or for several stacks",
        "put `${key}` in the file's name, and `${stack}` where the stack's name is made of values",
    ),
    Code("disk-pinned-twice", "two disks have the same id", "remove one"),
    Code(
        "undefined-secret",
        "a template has a `${secret.NAME}` that is not under its `secrets`",
        "declare it there, or fix the name: [templates](stack-file.md#texts-from-a-template)",
    ),
    Code(
        "unused-secret",
        "a template has no `${secret.NAME}` for one of its `secrets`",
        "remove it, or write it in the template",
        severity=Severity.WARNING,
    ),
    Code(
        "forbidden-command",
        "a secret comes from a command that the project file does not allow",
        "list how the command begins under `secret_commands` of the project file",
    ),
    Code(
        "private-sshkey",
        "`sshkey` is a private key, which is never sent",
        "name the public key",
    ),
    Code(
        "user-data-encoding",
        "`user_data` begins with a byte order mark, or its lines end as on Windows",
        "save it as UTF-8 without a byte order mark, with LF at the ends of lines",
        severity=Severity.WARNING,
    ),
)


_PLANNING = (
    Code(
        "create-incomplete",
        "a server does not exist yet, and its entry lacks fields that are needed to create it",
        "add the fields, or bind a live server with `hostname`",
    ),
    Code(
        "create-only-change",
        "a field differs that the API cannot change later",
        "write what is live; or set `lifecycle.on_create_only_change` to `ignore`, or to "
        "`replace`, which destroys the server first",
    ),
    Code(
        "custom-name-taken",
        "a server without a stack has the custom name already",
        "adopt it with `hostname`, or choose another name",
    ),
    Code(
        "hostname-unusable",
        "the bound server does not exist, is being deleted, or has an owner",
        "fix the hostname, or use `moved`, also for a server of another stack",
    ),
    Code(
        "hostname-differs",
        "the tags are on another server than `hostname` names",
        "fix the hostname, or remove the tags from the wrong server",
    ),
    Code(
        "hostname-shared",
        "two stacks bind the same server",
        "a server belongs to one stack: remove one",
    ),
    Code(
        "identity-duplicate",
        "two live servers have the same ownership tags",
        "remove the tags from the wrong one",
    ),
    Code(
        "ownership-broken",
        "a live server's tags name two stacks, or no key, or several, or something that cannot "
        "be a key",
        "fix its tags by hand: correct `server:`, or remove it together with `stack:`",
    ),
    Code(
        "moved-ambiguous",
        "`for_each` is gone from an entry, and several of its servers are left; or an entry that"
        " was repeated goes to one of another stack that is not",
        "name the one that stays, or goes, in `moved`",
    ),
    Code(
        "moved-conflict",
        "a live server has the new key already, or two would get it",
        "remove the entry from `moved`, or rename one of the two",
    ),
    Code(
        "move-apart",
        "a server goes from one stack to another, and only one of the two is in the run",
        "give both files, or use `renamed` if the other stack has no file any more",
    ),
    Code(
        "no-hostname",
        "a live server of the stack has no hostname although it is not being built",
        "look at it in the panel: its build has probably failed",
    ),
    Code(
        "replace-unowned",
        "a server that is to be adopted would be destroyed at once",
        "adopt it first, with the field as it is",
    ),
    Code(
        "replace-bound",
        "a server bound by `hostname` would be replaced by one with another hostname",
        "remove `hostname`; the server is known by its tags",
    ),
    Code(
        "snapshots-full",
        "`snapshot_before` asks for a snapshot before a destroy, and the server has as many as "
        "it can have",
        "delete one, set `lifecycle.keep`, or raise `CCLOUD_LIMIT_SNAPSHOTS`",
    ),
    Code(
        "disk-shrinks",
        "a disk would get smaller",
        "write its live size; or add a smaller one and move the data",
    ),
    Code(
        "disk-ambiguous",
        "it is not certain which live disk is meant",
        "pin the disks that stay by id; the hint shows how",
    ),
    Code(
        "disk-unknown",
        "a pinned id that the server does not have",
        "name one of the ids that the message lists",
    ),
    Code("disk-system", "the system disk does not come first", "begin with it"),
    Code(
        "boot-device-unknown",
        "`boot_order` names a device that the server does not have",
        "name one that the message lists, or mount an image with `dvds`",
    ),
    Code(
        "no-adapter",
        "`ips` of a server that has no network adapter",
        "leave `ips` out, or give the server a subnet when it is created",
    ),
    Code(
        "subnet-unknown",
        "no subnet and no VPC of the account has the name that `subnets` or `subnets_intern` gives",
        "write a name that the hint has, or an id of `ccloud-apply catalog subnets`",
    ),
    Code(
        "subnet-ambiguous",
        "a name in `subnets` or `subnets_intern` means several subnets of one family",
        "write the ids that the message lists",
    ),
    Code(
        "subnet-unread",
        "what tells the meaning of a name in `subnets` or `subnets_intern` cannot be read",
        "write the subnet's id, or plan again once it can be read",
    ),
    Code(
        "subscription-unknown",
        "`account.subscriptions` names one that the account does not have",
        "name one that the message lists",
    ),
    Code(
        "account-shared",
        "two stacks of one run give the same part of the account different values",
        "keep it in only one of them",
    ),
    Code(
        "no-such-server",
        "a KEY of `--target`, `--exclude`, `--replace`, `--accept` or `--retry` matches no server",
        "the hint lists keys",
    ),
)


_CHECKS = (
    Code(
        "CCA100",
        "a catalogue cannot be read",
        "none needed; `apply` shows what the platform refuses",
        severity=Severity.WARNING,
    ),
    Code(
        "CCA101",
        "the pool is known and active",
        "choose one that the hint names; an active pool of yours that is not listed: "
        "`--no-checks CCA101`",
    ),
    Code("CCA103", "the image is known", "choose one that the hint names"),
    Code(
        "CCA104",
        "the system disk is large enough for the image",
        "make the first disk larger, or choose another image",
    ),
    Code(
        "CCA105",
        "the image has cloud-init where `user_data` is given",
        "choose an image with cloud-init, or leave `user_data` out",
    ),
    Code(
        "CCA106",
        "`subnets_intern` is given with a pfSense image only",
        "write them under `subnets`, or choose a pfSense image",
    ),
    Code(
        "CCA107",
        "a server has no more disks than the limit",
        "write fewer, or raise `CCLOUD_LIMIT_DISKS` if the platform takes more",
    ),
    Code("CCA110", "the addon is known", "choose one that the hint names"),
    Code(
        "CCA111",
        "the addon can be ordered",
        "choose one that can be ordered, or keep the number that the server has",
    ),
    Code(
        "CCA112",
        "an addon that goes can be given up",
        "write it under `addons`, or leave `addons` out",
    ),
    Code(
        "CCA113",
        "the addon is for the server's system",
        "leave the addon out, or choose an image that it supports",
    ),
    Code(
        "CCA114",
        "a managed server has no addon `monitoring`",
        "leave the addon out, or set `type: unmanaged`",
    ),
    Code("CCA115", "the pool has the GPU", "choose a pool with it, or leave the addon out"),
    Code(
        "CCA116",
        "enough GPUs are left for a live server",
        "ask for as many as the hint names, or fewer",
    ),
    Code("CCA120", "the rollout is known", "choose one that the hint names"),
    Code("CCA121", "the rollout is valid for the image", "choose one that is valid for the image"),
    Code("CCA122", "what a rollout depends on is asked for too", "add what the hint names"),
    Code(
        "CCA123",
        "a rollout for managed servers is on one",
        "set `type: managed`, or leave the rollout out",
    ),
    Code("CCA130", "the subnet is known", "choose one that the hint names"),
    Code("CCA131", "at most one subnet of each family", "leave one of them out"),
    Code("CCA132", "one subnet is IPv4", "add one that the hint names"),
    Code(
        "CCA133",
        "the subnet has an address for each new server",
        "choose another subnet, or create fewer servers in it",
    ),
    Code(
        "CCA140",
        "the password is long enough, where it is set",
        "set one of at least eight characters",
    ),
    Code(
        "CCA141",
        "sshkey is one key",
        "list them under `ssh_authorized_keys` in `user_data`",
        severity=Severity.WARNING,
    ),
    Code(
        "CCA150",
        "no two tags differ only in case",
        "write it the same in both places",
        severity=Severity.WARNING,
    ),
    Code(
        "CCA151",
        "the tags that say whose a server is keep their spelling",
        "remove the tag that is spelled otherwise from the servers that have it",
    ),
    Code(
        "CCA160",
        "no two servers have one custom name",
        "`${key}` or `${index}` in the name tells them apart",
        severity=Severity.WARNING,
    ),
    Code(
        "CCA170",
        "the sizes fit the account's limits, at every step",
        "the hint names what would free enough; `depends_on` makes a step wait for it",
    ),
    Code("CCA180", "the ISO image is known", "choose one that the hint names"),
    Code(
        "CCA190",
        "a server has no more snapshots than the limit, at every step",
        "leave some out, delete some, or raise `CCLOUD_LIMIT_SNAPSHOTS` if the platform takes more",
    ),
)


_GUARDS = (
    Code(
        "prevent-destroy",
        "a protected server would be destroyed, replaced or lose data",
        "leave it as it is, set `prevent_destroy: false` and apply that first",
    ),
    Code(
        "too-many-destroyed",
        "more servers would be destroyed or lose data than one plan may destroy",
        "`--allow-destroy N`, if this is intended",
    ),
    Code(
        "owned-server",
        "a command of its own (`api`, `restore`, a subscription's import or export) would change a"
        " server that a stack owns, or of which that is not known; nothing was sent",
        "name the stack's file where the command takes one, or change that file; or `--force`, and"
        " plan the stack afterwards",
    ),
    Code(
        "stack-emptied",
        "the file declares no server, but the stack has live servers",
        "`ccloud-apply destroy`, if this is intended",
    ),
    Code(
        "build-failed",
        "the build of a server failed, and the server exists, perhaps half made",
        "`--replace KEY` builds it again, `--accept KEY` takes it as it is, `--exclude KEY`"
        " continues without it",
    ),
    Code(
        "change-untaken",
        "the platform did not take a change that an earlier apply made, so it is not tried again",
        "change the file, or `--retry KEY`, or `--exclude KEY`",
    ),
    Code(
        "not-repeated",
        "a saved plan accepts or retries a server, and the option is not given beside the file",
        "repeat `--accept KEY` or `--retry KEY` beside the plan file, if this is intended",
    ),
    Code(
        "saved-blocked",
        "the plan was blocked when it was saved, so it cannot be applied",
        "do what the hint of the guard says, then plan and save again",
    ),
    Code(
        "not-allowed",
        "the plan has a class of change that `--allow` does not name",
        "name it, if this is intended",
    ),
    Code(
        "outside-window",
        "the plan has a change for whose class the policy has a window, and none is open; the"
        " message says which rule it is, and when the next one opens",
        "wait for it, or do the rest with `--defer`; `--override-window REASON` does not wait",
    ),
    Code(
        "in-freeze",
        "the plan has a change in the days of a freeze; the message says when it ends",
        "wait for it, or do the rest with `--defer`; `--override-window REASON` does not wait",
    ),
    Code(
        "account-unknown",
        "the project expects an account by its customer, no answer of the API says whose account "
        "this is, and something would be created, replaced or destroyed in it",
        "check the credentials; `--account-unknown-ok` continues",
    ),
    Code(
        "policy-cost",
        "the stack would cost more than `policy.max_monthly_cost`, or rise by more than "
        "`policy.max_monthly_increase`; or the cost of a server that changes is unknown",
        "raise the policy, or make the stack smaller; `--no-cost` continues without the check",
    ),
)


_WARNINGS = (
    Code(
        "window-short",
        "servers are expected to be down or changed for longer than their window stays open, by "
        "[what earlier tasks took](../guides/resize.md#offline)",
        "apply it earlier in the window, or a part of it with `--target`",
    ),
    Code(
        "named-by-stack",
        "a file of a folder looks like a stack, and another stack names it (`file`, `template`, "
        "`extends`), so it is not taken for one",
        "give it as a PATH of its own if it is a stack",
    ),
    Code(
        "environment-unused",
        "an environment sets a variable, none is chosen, and the variable has another value "
        "without it",
        "`--env NAME` or `CCLOUD_ENV`, if one is meant",
    ),
    Code(
        "account-not-told",
        "the project expects an account by its customer, and no answer of the API says whose "
        "account this is",
        "check the credentials before the plan is applied",
    ),
    Code(
        "move-one-sided",
        "only one of two files says that a server moves from one stack to the other",
        "write the same `moved` in the other file: a plan of that one alone would destroy the"
        " server, or create a second one",
    ),
    Code(
        "looks-like-rename",
        "one server is destroyed, and one of the same shape is created",
        "if it is the same one: `moved`",
    ),
    Code(
        "policy-unchecked",
        "a policy on money was not checked, because `--no-cost` asked for no prices",
        "leave `--no-cost` out",
    ),
    Code(
        "price-unknown",
        "no quote is what a server costs: it has a price of its own, or a subscription pays for it",
        "none needed; a policy on money cannot be checked for a change of such a server",
    ),
    Code(
        "host-name-shared",
        "several servers of an inventory would have one name: each has its hostname as well",
        "rename one of them, if the longer names are not wanted",
    ),
    Code(
        "inventory-unread",
        "a part of an inventory could not be read, so it is unknown",
        "run the command again",
    ),
    Code("server-skipped", "a server was not exported; the message says why", "none needed"),
    Code(
        "server-included",
        "`export` took more servers than were asked for: the stack's own",
        "none needed",
    ),
    Code(
        "field-skipped",
        "a field was not exported, because a stack file cannot hold its value",
        "none needed; the field is not managed",
    ),
    Code(
        "journal-torn",
        "the last record of a journal is not whole: a run was cut off, or one is writing",
        "none needed; the next `apply` cuts it off",
    ),
    Code(
        "tasks-unread",
        "tasks cannot be read now; `apply` keeps waiting, and `drift` reports without them",
        "none needed",
    ),
    Code(
        "subscription",
        "a move of servers may be refused, or do nothing; the message says why",
        "none needed; look at the server and the subscription that it names",
    ),
    Code(
        "not-compared",
        "a server or a field could not be compared; the message says why",
        "none needed; look again later, or write what the message names",
    ),
    Code(
        "tolerated",
        "a field differs in a way that is told and never changed, such as the spelling of a tag",
        "none needed; or write what the message names",
    ),
    Code(
        "ignore-ends",
        "an entry of `lifecycle.ignore_changes` has ended, or ends within seven days",
        "write into the file what is live, give the entry a later day, or remove it",
    ),
)


_FAILURES = (
    Code(
        "usage",
        "a flag, a variable of the environment or a path is wrong",
        "the message names it",
    ),
    Code(
        "wrong-account",
        "the account is not the one that the project or its environment expects; nothing was"
        " planned or changed",
        "use the credentials of that account, or choose the environment that is meant",
    ),
    Code(
        "api-request",
        "a request of `ccloud-apply api` does not fit the API document; nothing was sent",
        "`ccloud-apply api OPERATION --help` shows what the operation takes",
    ),
    Code("file", "a file cannot be read or written", "the message names it"),
    Code(
        "system",
        "the operating system refused an operation",
        "the message is the one of the operating system",
    ),
    Code(
        "stale-plan",
        "a server that the saved plan touches, the plan for it, or a file that it sends has "
        "changed; or this is another account",
        "plan again, and apply that plan; or use the plan's endpoint and client id",
    ),
    Code(
        "changed-file",
        "a file that a step sends has changed since the plan, so it was not sent",
        "plan again, and apply that plan",
    ),
    Code(
        "api-auth",
        "401 or 403: the credentials are wrong or not allowed to do this",
        "check the credentials",
    ),
    Code("api-not-found", "404: it does not exist", "plan again"),
    Code(
        "api-invalid",
        "422: the platform refuses the request; the message contains its reasons",
        "fix what they name",
    ),
    Code("api-throttled", "429: too many requests, also after waiting", "try again later"),
    Code("api-server", "5xx: the platform failed", "try again later"),
    Code("api-status", "any other status", "check the endpoint"),
    Code(
        "api-unreachable",
        "no answer arrived",
        "check the network and the endpoint; `apply` again checks what exists",
    ),
    Code("api-unreadable", "the answer cannot be read", "check the endpoint"),
    Code("api", "any other failure of a request", "try again later"),
    Code(
        "unread",
        "a part could not be read; the rest is shown",
        "try again later",
    ),
    Code(
        "unsettled",
        "what an earlier run or somebody else has created does not show yet, or it is not known "
        "how a request of an earlier run ended; nothing was changed",
        "run apply again a little later; if this happens again, compare the panel with "
        "`ccloud-apply export --all`",
    ),
    Code(
        "unseen",
        "the platform says that a change is done, but the change does not show",
        "the field is marked and not changed again: `--retry KEY` tries it once more",
    ),
    Code(
        "unknown-outcome",
        "a request was sent, its answer was lost, and nothing that can be read shows whether it was"
        " done; it is not sent again",
        "check as the hint says, and send it again only if it was not done",
    ),
    Code(
        "untaken",
        "a field was changed, and the platform still tells another value",
        "change the file, or write what the platform tells, or `--retry KEY`",
    ),
    Code(
        "task-failed",
        "the platform ended a task as failed; its reason is in the message",
        "fix what the reason names, and apply again",
    ),
    Code(
        "task-timeout",
        "a task is still running after the time allowed for it; it continues by itself",
        "`ccloud-apply tasks ID` waits for it; then apply again",
    ),
    Code(
        "journal",
        "a journal cannot be read, trusted or written; nothing more is sent then",
        "check its disk and folder; a damaged one is shown by `ccloud-apply journal`: move the"
        " file away, and only the account is then asked what was done",
    ),
    Code(
        "store",
        "the database of a fleet cannot be reached, read or written, or another version of the "
        "product has made it; nothing more is sent then",
        "check the database, or upgrade it with `ccloud-apply fleet migrate`",
    ),
    Code(
        "source",
        "a source of a fleet cannot be fetched or read; its stacks stay as they were",
        "do what the hint says; `ccloud-apply fleet check` tries it",
    ),
    Code(
        "fleet-file",
        "a file of a source cannot be loaded, or another file of its account has the same stack"
        " name",
        "fix the file that the message names, and push",
    ),
    Code(
        "empty-source",
        "the `stacks` of a source match no file",
        "fix `stacks` of the source in `fleet.yaml`",
        Severity.WARNING,
    ),
    Code(
        "shared-secrets",
        "the stacks of several accounts of a fleet see the same variables `CCLOUD_SECRET_*`",
        "give each account a `secrets.prefix`",
        Severity.WARNING,
    ),
    Code(
        "webhook",
        "a message could not be delivered: its address refused it, or did not accept it after"
        " four tries",
        "check the receiver; the report was not saved, so the next run sends it again",
    ),
    Code(
        "locked",
        "another apply of the stack runs on this machine; the message names it",
        "wait, or `--lock-timeout SECONDS`",
    ),
    Code(
        "unreadable-reference",
        "a secret or file that a step needs cannot be read",
        "set it, and run the command again",
    ),
    Code(
        "apply",
        "an apply could not continue, was not approved, or ended with differences",
        "the message says which",
    ),
    Code(
        "sandbox",
        "the sandbox's data cannot be used",
        "`ccloud-apply sandbox reset`, or another `CCLOUD_SANDBOX_DB`",
    ),
    Code(
        "error",
        "the result of an `export` would be wrong, so nothing was written",
        "the hint says what to do instead",
    ),
    Code(
        "interrupted",
        "a signal stopped the run",
        "run the command again; `apply` continues from there",
    ),
    Code("internal", "a bug", "report it with the command and what it prints with `-v`"),
)


SECTIONS = (
    Section(title="The text of a stack file", rows=_TEXT),
    Section(title="What the file says", rows=_FILE),
    Section(title="Planning", rows=_PLANNING),
    Section(
        title="Checks",
        rows=_CHECKS,
        note="What the platform would refuse, and what has to hold instead: [checks](../checks.md)."
        " Where the API leaves open what it would do, a finding is a warning.",
    ),
    Section(title="Guards: the plan is held, exit code 3", rows=_GUARDS, severity=Severity.HELD),
    Section(title="Warnings", rows=_WARNINGS, severity=Severity.WARNING),
    Section(title="A run that could not continue", rows=_FAILURES),
)
"""Every code, in the order of the documentation."""

CODES: Mapping[str, Code] = {row.code: row for section in SECTIONS for row in section.codes}
"""Every code by its name."""
