#!/usr/bin/env bash
# Shows the saved plan as a comment of the pull request. The comment's first line, which nobody sees,
# tells which one to update: there is one for the same stacks, however often they are planned.
set -euo pipefail
if [ ! -f "$PLAN_FILE" ]; then
  echo "There is no plan to show."
  exit 0
fi
body="$RUNNER_TEMP/ccloud-plan.md"
"$RUNNER_TEMP/ccloud-apply/bin/ccloud-apply" show --format markdown -- "$PLAN_FILE" >"$body"
MARKER="$(head -n 1 "$body")"
export MARKER
comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"
ours='.[] | select(.user.type == "Bot") | select(.body | startswith(env.MARKER)) | .id'
found="$(gh api --paginate "$comments" --jq "$ours")"
id="${found%%$'\n'*}"
if [ -n "$id" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F "body=@$body" --silent
else
  gh api --method POST "$comments" -F "body=@$body" --silent
fi
