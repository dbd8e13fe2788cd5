"""The platform's limits, each with its source."""

MAX_PARALLEL_CREATES = 10
"""Servers in creation at the same time (vendor's documentation: panel and API together)."""

MAX_DISKS = 5
"""Volumes on one server (vendor's documentation)."""

MAX_DISK_GB = 5120
"""Size of one disk in GB (vendor's documentation: 5 TB)."""

MAX_CORES = 64
MAX_MEMORY_GB = 512
"""Upper ends of the service description; an account's own limits can be lower."""

MAX_SNAPSHOTS = 10
"""Snapshots of one server (vendor's documentation)."""

SNAPSHOT_PAUSE_S = 600
"""Seconds between two snapshots of one server (vendor's documentation)."""

SNAPSHOT_BEFORE = ("resize", "disks", "redeploy", "replace", "destroy")
"""The kinds of changes that `lifecycle.snapshot_before` can name."""

MIN_PASSWORD_LENGTH = 8
"""Characters of a server's password (API document, DeploymentCreateRequest)."""

SCHEDULE_FREQUENCIES = (1, 3, 6, 12, 24)
"""Hours between scheduled snapshots (API document, the text; one enumeration there lacks 24)."""

MAX_KEY_LENGTH = 40
MAX_COUNT = 1000
"""Instances that one entry of a stack file may expand to."""

DEFAULT_DESTROY_SHARE = (3, 10)
"""The share of a stack's live servers that one plan may destroy or replace without being told."""
