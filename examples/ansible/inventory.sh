#!/bin/sh
# A dynamic inventory for Ansible: `ansible-inventory -i inventory.sh --graph`. It lists the servers of the stacks in
# the folder `stacks` beside it; CCLOUD_INVENTORY names other files or folders. Ansible calls it with --list or --host.
set -eu
cd "$(dirname "$0")"
exec ccloud-apply inventory "${CCLOUD_INVENTORY:-stacks}" --format ansible "$@"
