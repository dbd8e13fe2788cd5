#!/usr/bin/env bash
# Names the cache of what is downloaded: another one for each lock, system and Python. The function
# hashFiles() of workflows does not see the folder of an action.
set -euo pipefail
bash "$GITHUB_ACTION_PATH/integrations/github/python.sh"
lock="$(cat "$GITHUB_ACTION_PATH"/requirements/{pipeline,build}.txt | sha256sum | cut -c 1-16)"
version="$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
echo "key=ccloud-apply-$RUNNER_OS-$RUNNER_ARCH-$version-$lock" >>"$GITHUB_OUTPUT"
