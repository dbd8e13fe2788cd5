#!/usr/bin/env bash
# Installs ccloud-apply as it stands in this commit into an environment of the job's own.
set -euo pipefail
"$PYTHON" -m venv "$RUNNER_TEMP/ccloud-apply"
"$RUNNER_TEMP/ccloud-apply/bin/pip" install --quiet --disable-pip-version-check "$GITHUB_ACTION_PATH"
