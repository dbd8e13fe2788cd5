#!/usr/bin/env bash
# Installs ccloud-apply as it stands in this commit into an environment of the job's own: what its
# lock has, with hashes, and nothing that is built from source but itself.
set -euo pipefail
home="$RUNNER_TEMP/ccloud-apply"
# A second step of the same job finds it there.
[ "$(cat "$home/.of" 2>/dev/null)" != "$GITHUB_ACTION_PATH" ] || exit 0

# What is installed has no use for the credentials of the step.
for name in "${!CCLOUD_@}"; do unset "$name"; done

bash "$GITHUB_ACTION_PATH/integrations/github/python.sh"
export PIP_CACHE_DIR="$RUNNER_TEMP/ccloud-downloads"
"$GITHUB_ACTION_PATH/requirements/install" "$home"
echo "$GITHUB_ACTION_PATH" >"$home/.of"
