#!/bin/sh
# A dynamic inventory for Ansible: `ansible-inventory -i inventory.sh --graph`. It lists the servers of the stacks in
# the folder `stacks` beside it; CCLOUD_INVENTORY names another file or folder. Ansible calls it with --list or --host.
set -eu
exec ccloud-apply inventory "${CCLOUD_INVENTORY:-$(dirname "$0")/stacks}" --format ansible "$@"
