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
    Code(
        "yaml-tag",
        "the file has a YAML tag, such as `!!str`",
        "remove the tag; to make a value text, put it in quotes",
    ),
    Code("yaml-directive", "a line begins with `%`", "remove the line"),
    Code(
        "yaml-alias",
        "an alias has no anchor before it, or contains itself",
        "define the anchor above the alias",
    ),
    Code(
        "merge-key", "the file has a merge key, `<<`", "put what the servers share under `defaults`"
    ),
    Code(
        "several-documents",
        "the file has a second document, after `---`",
        "one file is one stack: move the second one to its own file",
    ),
    Code("duplicate-key", "a mapping has the same key twice", "remove one of them"),
    Code(
        "bad-key",
        "a key is not text, or has characters that are not allowed",
        "use 1 to 40 of a-z, 0-9 and `-` for a server's key, with a letter or digit at both ends",
    ),
    Code(
        "bad-number",
        "a number is too large, infinite or not a number (`.nan`)",
        "write another number, or put the value in quotes to make it text",
    ),
    Code("not-utf8", "the file is not UTF-8", "save it as UTF-8"),
    Code("empty-file", "the file is empty", "begin the file with `stack: NAME`"),
    Code("too-deep", "values are nested more than 64 levels deep", "use fewer levels"),
    Code(
        "too-much",
        "the file, a text in it, or its expansion is too large",
        "split the stack, or put a long text in a file: `{file: PATH}`",
    ),
    Code(
        "not-formatted",
        "`fmt` cannot format a part of the file, such as a key on several lines",
        "write that part in another way; only `fmt` needs this",
    ),
    Code(
        "more-errors", "there are more errors than are shown", "fix the ones that are shown first"
    ),
)


_FILE = (
    Code(
        "unknown-key",
        "a stack file has no such key",
        "the hint names the key that was probably meant",
    ),
    Code("missing-key", "a required key is missing", "add the key"),
    Code(
        "wrong-type",
        "a value has the wrong type, such as text instead of a number",
        "write a value of the type that the message names",
    ),
    Code(
        "bad-value",
        "a value has the right type, but is not allowed",
        "follow the rule that the message gives",
    ),
    Code(
        "literal-secret",
        "a password is written in the file itself",
        "write a reference: `{env: CCLOUD_SECRET_NAME}` or `{file: PATH}`",
    ),
    Code(
        "bad-reference",
        "a reference names a file that does not exist, is too large, is not UTF-8 or is outside"
        " the stack's folder; or a variable other than `CCLOUD_SECRET_*`",
        "fix the path or the name",
    ),
    Code(
        "bad-interpolation",
        "a `${...}` cannot be parsed, or has no meaning in its place",
        "see [interpolation](stack-file.md#interpolation); `$${` is a literal `${`",
    ),
    Code(
        "undefined-variable",
        "`${var.NAME}` names a variable that is not declared",
        "declare the variable under `variables`",
    ),
    Code(
        "no-environment",
        "a stack uses `${env}`, or a variable that only environments set, and no environment of"
        " the project file is chosen",
        "choose one with `--env NAME` or `CCLOUD_ENV`",
    ),
    Code(
        "environments-share-name",
        "two environments that may be of the same account give a stack the same name, or take"
        " over the same name with `renamed`. The stack uses values of the environments, so each"
        " environment would change the servers of the other",
        "put `${env}` into the name, or declare the account that each environment expects; live"
        " servers [keep their"
        " name](../guides/environments.md#from-one-stack-to-two-environments)",
    ),
    Code(
        "policy-currencies",
        "the policies of the project, its environment and the stack name different currencies",
        "use one currency",
    ),
    Code(
        "no-stacks",
        "an entry of the project file's `stacks` matches no file, or no entry matches any",
        "fix the entry; it is relative to the project file",
    ),
    Code(
        "bad-variable",
        "the value of a variable does not fit its type or its default, or is missing",
        "give a value with `--var`, `--var-file` or `CCLOUD_VAR_NAME`",
    ),
    Code("unknown-variable", "`--var` names a variable that no stack declares", "fix the name"),
    Code(
        "unused-variable",
        "a variable file has a name that no stack of the run declares",
        "fix the name, or remove it",
        severity=Severity.WARNING,
    ),
    Code("duplicate-stack", "two files declare the same stack name", "rename one of them"),
    Code("duplicate-server", "two entries expand to the same key", "rename one of them"),
    Code(
        "duplicate-hostname", "two entries of a file have the same `hostname`", "remove one of them"
    ),
    Code(
        "bad-dependency",
        "`depends_on` names a server that is not in the file, or the server itself",
        "fix the key",
    ),
    Code(
        "bad-extends",
        "a file under `extends` cannot be read, is outside the folders that may be read, or"
        " extends itself",
        "fix the path; it is relative to the file that names it",
    ),
    Code(
        "unwatched-file",
        "the stacks are made of a file that `validate --watched` does not name, so a change of it"
        " alone would start no pipeline",
        "add the file to the [paths that start the pipeline](../ci.md#what-starts-a-pipeline),"
        " and to `--watched`",
    ),
    Code(
        "unknown-template",
        "`template` names a template that no file declares",
        "fix the name, or declare the template under `templates`",
    ),
    Code(
        "dependency-cycle",
        "servers depend on each other in a cycle",
        "remove one of the dependencies",
    ),
    Code(
        "bad-move",
        "an entry of `moved` has keys that do not fit the files",
        "`from` must be a key that is no longer in its file, and `to` one that is in its file",
    ),
    Code(
        "bad-rename",
        "`renamed` names the stack itself, a stack that still has a file, or one that another"
        " file takes over",
        "name a stack that no longer has a file, and name it in only one file",
    ),
    Code(
        "bad-release",
        "a key under `released` is still in the file, or is also in `moved`",
        "remove one of them",
    ),
    Code("bad-date", "`next_run` is not a date and a time", "write `YYYY-MM-DD HH:MM`"),
    Code("bad-tag", "a tag is not a single word", "use letters, digits, `:`, `-` and `_`"),
    Code(
        "reserved-tag",
        "a tag is reserved for ccloud-apply, regardless of case",
        "remove the tag; ccloud-apply sets its own tags",
    ),
    Code(
        "reserved-snapshot",
        "a name under `snapshots` is reserved for the snapshots of `lifecycle.snapshot_before`",
        "choose another name",
    ),
    Code(
        "password-file-shared",
        "`password: {generate: FILE}` names the same file for several servers or stacks",
        "put `${key}` in the file's name, and `${stack}` if the stack's name contains variables",
    ),
    Code("disk-pinned-twice", "two disks have the same id", "remove one of them"),
    Code(
        "undefined-secret",
        "a text template uses a `${secret.NAME}` that is not under its `secrets`",
        "declare the secret there, or fix the name:"
        " [templates](stack-file.md#texts-from-a-template)",
    ),
    Code(
        "unused-secret",
        "a text template does not use one of its `secrets`",
        "remove the secret, or write `${secret.NAME}` in the template",
        severity=Severity.WARNING,
    ),
    Code(
        "forbidden-command",
        "a secret comes from a command that the project file does not allow",
        "list the beginning of the command under `secret_commands` in the project file",
    ),
    Code(
        "private-sshkey",
        "`sshkey` is a private key, which is never sent",
        "name the public key",
    ),
    Code(
        "user-data-encoding",
        "`user_data` begins with a byte order mark, or has Windows line endings",
        "save the file as UTF-8 without a byte order mark, with LF line endings",
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
        "a field that is only set at create differs from the file",
        "write the live value, or set `lifecycle.on_create_only_change` to `ignore`, or to"
        " `replace`, which destroys the server first",
    ),
    Code(
        "custom-name-taken",
        "an unmanaged server already has the custom name",
        "adopt that server with `hostname`, or choose another name",
    ),
    Code(
        "hostname-unusable",
        "the server that `hostname` names does not exist, is being deleted, or belongs to a stack"
        " or another key",
        "fix the hostname; if the server already has another key or stack, use `moved`",
    ),
    Code(
        "hostname-differs",
        "the server that carries the ownership tags is not the one that `hostname` names",
        "fix the hostname, or remove the tags from the wrong server",
    ),
    Code(
        "hostname-shared",
        "two stacks have the same server as `hostname`",
        "a server belongs to one stack: remove one of the entries",
    ),
    Code(
        "identity-duplicate",
        "two live servers have the same ownership tags",
        "remove the tags from the wrong one",
    ),
    Code(
        "ownership-broken",
        "the ownership tags of a live server name two stacks, no key, several keys, or something"
        " that cannot be a key",
        "fix the tags by hand: fix `server:`, or remove both `server:` and `stack:`",
    ),
    Code(
        "moved-ambiguous",
        "an entry no longer has `for_each`, and several of its servers are left; or an entry with"
        " `count` or `for_each` moves to an entry of another stack that has neither",
        "name the server that stays, or moves, in `moved`",
    ),
    Code(
        "moved-conflict",
        "a live server already has the new key, or two servers would get it",
        "remove the entry from `moved`, or rename one of the keys",
    ),
    Code(
        "move-apart",
        "a server moves from one stack to another, and only one of the two is in the run",
        "give both files, or use `renamed` if the other stack no longer has a file",
    ),
    Code(
        "no-hostname",
        "a live server of the stack has no hostname, although it is not being built",
        "look at the server in the panel: its build has probably failed",
    ),
    Code(
        "replace-unowned",
        "a server would be adopted and replaced in the same plan; a server that the stack does"
        " not own yet is never destroyed",
        "adopt the server first, with its live values, and replace it in a later plan",
    ),
    Code(
        "replace-bound",
        "a server with `hostname` would be replaced, and the new server would have another"
        " hostname",
        "remove `hostname`; the tags identify the server",
    ),
    Code(
        "snapshots-full",
        "`snapshot_before` needs a snapshot before a destroy, and the server already has the"
        " maximum number",
        "delete a snapshot, set `lifecycle.keep`, or raise `CCLOUD_LIMIT_SNAPSHOTS`",
    ),
    Code(
        "disk-shrinks",
        "a disk would become smaller",
        "write the live size, or add a smaller disk and move the data",
    ),
    Code(
        "disk-ambiguous",
        "it is not certain which live disk a declared disk is",
        "pin the disks that stay by id; the hint shows how",
    ),
    Code(
        "disk-unknown",
        "a disk is pinned by an id that the server does not have",
        "use one of the ids that the message lists",
    ),
    Code("disk-system", "the system disk is not first in the list", "write the system disk first"),
    Code(
        "boot-device-unknown",
        "`boot_order` names a device that the server does not have",
        "use a device that the message lists, or mount an image with `dvds`",
    ),
    Code(
        "no-adapter",
        "`ips` is declared for a server that has no network adapter",
        "remove `ips`, or give the server a subnet when it is created",
    ),
    Code(
        "subnet-unknown",
        "no subnet and no VPC of the account has the name that `subnets` or `subnets_intern` gives",
        "use a name from the hint, or an id from `ccloud-apply catalog subnets`",
    ),
    Code(
        "subnet-ambiguous",
        "a name in `subnets` or `subnets_intern` matches several subnets of one family",
        "use the ids that the message lists",
    ),
    Code(
        "subnet-unread",
        "the subnets that a name in `subnets` or `subnets_intern` could match cannot be read",
        "write the subnet's id, or plan again later",
    ),
    Code(
        "subscription-unknown",
        "`account.subscriptions` names a subscription that the account does not have",
        "use a name that the message lists",
    ),
    Code(
        "account-shared",
        "two stacks of one run declare different values for the same part of the account",
        "declare it in one of them",
    ),
    Code(
        "no-such-server",
        "a KEY of `--target`, `--exclude`, `--replace`, `--accept` or `--retry` matches no server",
        "use one of the keys that the hint lists",
    ),
)


_CHECKS = (
    Code(
        "CCA100",
        "a catalogue cannot be read",
        "none needed; `apply` reports what the platform refuses",
        severity=Severity.WARNING,
    ),
    Code(
        "CCA101",
        "the pool is known and active",
        "choose one that the hint names. If an active pool of yours is not listed, use"
        " `--no-checks CCA101`",
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
        "choose an image with cloud-init, or remove `user_data`",
    ),
    Code(
        "CCA106",
        "`subnets_intern` is given with a pfSense image only",
        "write the subnets under `subnets`, or choose a pfSense image",
    ),
    Code(
        "CCA107",
        "a server has no more disks than the limit",
        "declare fewer disks, or raise `CCLOUD_LIMIT_DISKS` if the platform allows more",
    ),
    Code("CCA110", "the addon is known", "choose one that the hint names"),
    Code(
        "CCA111",
        "the addon can be ordered",
        "choose an addon that can be ordered, or keep the number that the server has",
    ),
    Code(
        "CCA112",
        "an addon that goes can be given up",
        "write the addon under `addons`, or remove `addons`",
    ),
    Code(
        "CCA113",
        "the addon is for the server's system",
        "remove the addon, or choose an image that it supports",
    ),
    Code(
        "CCA114",
        "a managed server has no addon `monitoring`",
        "remove the addon, or set `type: unmanaged`",
    ),
    Code("CCA115", "the pool has the GPU", "choose a pool that has the GPU, or remove the addon"),
    Code(
        "CCA116",
        "enough GPUs are left for a live server",
        "declare at most as many as the hint names",
    ),
    Code("CCA120", "the rollout is known", "choose one that the hint names"),
    Code(
        "CCA121",
        "the rollout is valid for the image",
        "choose a rollout that is valid for the image",
    ),
    Code("CCA122", "what a rollout depends on is asked for too", "add what the hint names"),
    Code(
        "CCA123",
        "a rollout for managed servers is on one",
        "set `type: managed`, or remove the rollout",
    ),
    Code("CCA130", "the subnet is known", "choose one that the hint names"),
    Code("CCA131", "at most one subnet of each family", "remove one of them"),
    Code("CCA132", "one subnet is IPv4", "add a subnet that the hint names"),
    Code(
        "CCA133",
        "the subnet has an address for each new server",
        "choose another subnet, or create fewer servers in it",
    ),
    Code(
        "CCA140",
        "the password is long enough, where it is set",
        "set a password of at least eight characters",
    ),
    Code(
        "CCA141",
        "sshkey is one key",
        "list several keys under `ssh_authorized_keys` in `user_data`",
        severity=Severity.WARNING,
    ),
    Code(
        "CCA150",
        "no two tags differ only in case",
        "spell the tag the same in both places",
        severity=Severity.WARNING,
    ),
    Code(
        "CCA151",
        "the tags that say whose a server is keep their spelling",
        "remove the tag with the other spelling from the servers that have it",
    ),
    Code(
        "CCA160",
        "no two servers have one custom name",
        "use `${key}` or `${index}` in the name",
        severity=Severity.WARNING,
    ),
    Code(
        "CCA170",
        "the sizes fit the account's limits, at every step",
        "do what the hint names to free enough; `depends_on` makes a step wait for it",
    ),
    Code("CCA180", "the ISO image is known", "choose one that the hint names"),
    Code(
        "CCA190",
        "a server has no more snapshots than the limit, at every step",
        "declare fewer snapshots, delete some, or raise `CCLOUD_LIMIT_SNAPSHOTS` if the platform"
        " allows more",
    ),
)


_GUARDS = (
    Code(
        "prevent-destroy",
        "a protected server would be destroyed, replaced or lose data",
        "keep the server as it is; to destroy it, first apply `prevent_destroy: false`",
    ),
    Code(
        "too-many-destroyed",
        "the plan would destroy more servers, or the data of more servers, than one plan may",
        "use `--allow-destroy N`, if this is intended",
    ),
    Code(
        "owned-server",
        "a command without a plan (`api`, `restore`, a subscription's import or export) would"
        " change a server that a stack owns, or may own; nothing was sent",
        "give the stack's file if the command accepts one, or change that file; or use `--force`,"
        " and plan the stack afterwards",
    ),
    Code(
        "stack-emptied",
        "the file declares no server, and the stack has live ones",
        "use `ccloud-apply destroy`, if this is intended",
    ),
    Code(
        "build-failed",
        "the build of a server failed, and the server exists, possibly incomplete",
        "`--replace KEY` builds it again, `--accept KEY` accepts it as it is, `--exclude KEY`"
        " continues without it",
    ),
    Code(
        "change-untaken",
        "a change that an earlier apply made had no effect on the platform, so it is not tried"
        " again",
        "change the file, or use `--retry KEY` or `--exclude KEY`",
    ),
    Code(
        "not-repeated",
        "a saved plan accepts or retries a server, and the command does not have the option",
        "repeat `--accept KEY` or `--retry KEY` beside the plan file, if this is intended",
    ),
    Code(
        "saved-blocked",
        "a saved plan was already blocked when it was saved, so it is not applied",
        "follow the hint of the guard, then plan and save again",
    ),
    Code(
        "not-allowed",
        "the plan has a change of a class that `--allow` does not name",
        "add the class to `--allow`, if this is intended",
    ),
    Code(
        "outside-window",
        "the policy has windows for a class of change in the plan, and none is open; the message"
        " names the rule, and when the next window opens",
        "wait, or apply the rest with `--defer`; `--override-window REASON` does not wait",
    ),
    Code(
        "in-freeze",
        "the plan has a change that a freeze blocks now; the message says when the freeze ends",
        "wait, or apply the rest with `--defer`; `--override-window REASON` does not wait",
    ),
    Code(
        "account-unknown",
        "the project expects the account of a certain customer, no answer of the API says whose"
        " account this is, and servers would be created, replaced or destroyed in it",
        "check the credentials; `--account-unknown-ok` continues anyway",
    ),
    Code(
        "policy-cost",
        "the stack would cost more than `policy.max_monthly_cost`, or its cost would rise by more"
        " than `policy.max_monthly_increase`; or the cost of a server that changes is unknown",
        "raise the limit in the policy, or make the stack smaller; `--no-cost` continues without"
        " this check",
    ),
)


_WARNINGS = (
    Code(
        "window-short",
        "the downtime or change of servers is expected to take longer than their window stays"
        " open, based on [earlier tasks](../guides/resize.md#offline)",
        "apply earlier in the window, or apply only a part with `--target`",
    ),
    Code(
        "named-by-stack",
        "a file in a folder looks like a stack, but another stack names it (`file`, `template`,"
        " `extends`), so it is not read as one",
        "give the file as a PATH of its own if it is a stack",
    ),
    Code(
        "environment-unused",
        "an environment sets a variable, but no environment is chosen, so the variable has"
        " another value",
        "choose an environment with `--env NAME` or `CCLOUD_ENV`, if this is not intended",
    ),
    Code(
        "account-not-told",
        "the project expects the account of a certain customer, and no answer of the API says"
        " whose account this is",
        "check the credentials before the plan is applied",
    ),
    Code(
        "move-one-sided",
        "a server moves between two stacks, but only one of the two files says so",
        "write the same `moved` in the other file; otherwise a plan of that file alone would"
        " destroy the server, or create a second one",
    ),
    Code(
        "looks-like-rename",
        "one server is destroyed, and one with the same fields is created",
        "use `moved` if it is the same server",
    ),
    Code(
        "policy-unchecked",
        "a limit on cost in the policy was not checked, because of `--no-cost`",
        "run the command without `--no-cost`",
    ),
    Code(
        "price-unknown",
        "no quote gives the cost of a server: it has a price of its own, or a subscription pays"
        " for it",
        "none needed; limits on cost cannot be checked for a change of such a server",
    ),
    Code(
        "host-name-shared",
        "several servers of an inventory would have the same name, so their hostnames are added",
        "rename one of them if you do not want the longer names",
    ),
    Code(
        "inventory-unread",
        "a part of an inventory could not be read, so it is unknown",
        "run the command again",
    ),
    Code("server-skipped", "a server was not exported; the message says why", "none needed"),
    Code(
        "server-included",
        "`export` also exported the stack's own servers, which were not requested",
        "none needed",
    ),
    Code(
        "field-skipped",
        "a field was not exported, because a stack file cannot hold its value",
        "none needed; the field is not managed",
    ),
    Code(
        "journal-torn",
        "the last record of a journal is incomplete: a run was killed, or one is writing now",
        "none needed; the next `apply` removes the incomplete record",
    ),
    Code(
        "tasks-unread",
        "tasks cannot be read now; `apply` continues to wait, and `drift` reports without them",
        "none needed",
    ),
    Code(
        "subscription",
        "moving servers into or out of a subscription may be refused, or have no effect; the"
        " message says why",
        "none needed; check the server and the subscription that the message names",
    ),
    Code(
        "not-compared",
        "a server or a field could not be compared; the message says why",
        "none needed; run the command again later, or change the file as the message says",
    ),
    Code(
        "tolerated",
        "a difference is reported, but never changed, such as the spelling of a tag",
        "none needed; or change the file as the message says",
    ),
    Code(
        "ignore-ends",
        "an entry of `lifecycle.ignore_changes` has ended, or ends within seven days",
        "write the live value into the file, give the entry a later day, or remove the entry",
    ),
)


_FAILURES = (
    Code(
        "usage",
        "a flag, an environment variable or a path is wrong",
        "fix what the message names",
    ),
    Code(
        "wrong-account",
        "this is not the account that the project or its environment expects; nothing was planned"
        " or changed",
        "use the credentials of the expected account, or choose the right environment",
    ),
    Code(
        "api-request",
        "a request of `ccloud-apply api` does not fit the API document; nothing was sent",
        "run `ccloud-apply api OPERATION --help` to see the operation's parameters",
    ),
    Code("file", "a file cannot be read or written", "fix what the message names"),
    Code(
        "system",
        "the operating system refused something",
        "the message is the one of the operating system",
    ),
    Code(
        "stale-plan",
        "since the plan was saved, a server that it touches, the plan for that server, or a file"
        " that it sends has changed; or this is another account",
        "plan again and apply the new plan; or use the endpoint and client id of the saved plan",
    ),
    Code(
        "changed-file",
        "a file that a step sends has changed since the plan, so it was not sent",
        "plan again, and apply the new plan",
    ),
    Code(
        "api-auth",
        "401 or 403: the credentials are wrong, or do not allow this request",
        "check the credentials",
    ),
    Code("api-not-found", "404: what the request names does not exist", "plan again"),
    Code(
        "api-invalid",
        "422: the platform refuses the request; the message has its reasons",
        "fix what the reasons name",
    ),
    Code("api-throttled", "429: too many requests, even after waiting", "try again later"),
    Code("api-server", "5xx: an error of the platform", "try again later"),
    Code("api-status", "the API answered with any other error status", "check the endpoint"),
    Code(
        "api-unreachable",
        "the API did not answer",
        "check the network and the endpoint, then run `apply` again, which checks what exists",
    ),
    Code("api-unreadable", "an answer of the API cannot be read", "check the endpoint"),
    Code("api", "a request failed for any other reason", "try again later"),
    Code(
        "unread",
        "a part of the requested data could not be read; the rest is shown",
        "try again later",
    ),
    Code(
        "unsettled",
        "a server that an earlier run or someone else has created is not visible yet, or the"
        " outcome of a request of an earlier run is not known; nothing was changed",
        "run apply again a little later; if the error stays, compare the panel with `ccloud-apply"
        " export --all`",
    ),
    Code(
        "unseen",
        "the platform says that a change is done, but the change is not visible",
        "the field is marked, and not changed again; `--retry KEY` tries it once more",
    ),
    Code(
        "unknown-outcome",
        "a request was sent, its answer was lost, and no read can show whether it was done; it is"
        " not sent again",
        "check what the hint says, and send the request again only if it was not done",
    ),
    Code(
        "untaken",
        "a field was changed, but the platform still shows another value",
        "change the file, write the value that the platform shows, or use `--retry KEY`",
    ),
    Code(
        "task-failed",
        "a task of the platform has failed; the message has the reason",
        "fix what the reason names, and apply again",
    ),
    Code(
        "task-timeout",
        "a task is still running after its timeout; it continues on its own",
        "wait for it with `ccloud-apply tasks ID`, then apply again",
    ),
    Code(
        "journal",
        "a journal cannot be read, trusted or written; no further request is sent",
        "check the disk. `ccloud-apply journal` shows a damaged journal: move that file away, and"
        " the next run reads from the account alone what was done",
    ),
    Code(
        "store",
        "the database of a fleet cannot be reached, read or written, or was made by another"
        " version of ccloud-apply; no further request is sent",
        "check the database, or migrate it to this version with `ccloud-apply fleet migrate`",
    ),
    Code(
        "source",
        "a source of a fleet cannot be fetched or read; its stacks stay as they were",
        "follow the hint; `ccloud-apply fleet check` tries the source again",
    ),
    Code(
        "fleet-file",
        "a file of a source cannot be loaded, or its stack has the same name as another one of"
        " the account",
        "fix the file that the message names, and push",
    ),
    Code(
        "empty-source",
        "no file of a source matches its `stacks`",
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
        "a notification could not be delivered: its address did not accept it after four tries,"
        " or refused it",
        "check the receiver; the report is not saved, so that the next run sends it again",
    ),
    Code(
        "locked",
        "another apply of the stack is running on this machine; the message names it",
        "wait for it to end, or use `--lock-timeout SECONDS`",
    ),
    Code(
        "unreadable-reference",
        "a secret or file that a step needs cannot be read",
        "set the variable or fix the file, and run the command again",
    ),
    Code(
        "apply",
        "an apply could not continue: not approved, still busy, or different at the end",
        "do what the message says",
    ),
    Code(
        "sandbox",
        "the sandbox's data cannot be used",
        "run `ccloud-apply sandbox reset`, or set another `CCLOUD_SANDBOX_DB`",
    ),
    Code(
        "error",
        "an `export` would write a wrong file: a plan of it would change more than tags, or other"
        " entries would change; or the account changed during the export. Nothing is written",
        "follow the hint",
    ),
    Code("interrupted", "a signal stopped the run", "run it again; `apply` continues from there"),
    Code(
        "internal",
        "a bug in ccloud-apply",
        "report it with the command and what it prints with `-v`",
    ),
)


SECTIONS = (
    Section(title="The text of a stack file", rows=_TEXT),
    Section(title="What the file says", rows=_FILE),
    Section(title="Planning", rows=_PLANNING),
    Section(
        title="Checks",
        rows=_CHECKS,
        note="Each row says what must be true, because the platform would refuse the plan"
        " otherwise: [checks](../checks.md). If the API documentation does not say what would"
        " happen, a finding is a warning.",
    ),
    Section(title="Guards: the plan is blocked, exit code 3", rows=_GUARDS, severity=Severity.HELD),
    Section(title="Warnings", rows=_WARNINGS, severity=Severity.WARNING),
    Section(title="A run that could not continue", rows=_FAILURES),
)
"""Every code, in the order of the documentation."""

CODES: Mapping[str, Code] = {row.code: row for section in SECTIONS for row in section.codes}
"""Every code by its name."""
