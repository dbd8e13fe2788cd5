#!/usr/bin/env bash
# Runs one command of ccloud-apply. Lists come one word a line, so that nothing is split or expanded.
set -euo pipefail
cli="$RUNNER_TEMP/ccloud-apply/bin/ccloud-apply"
mapfile -t paths < <(sed '/^[[:space:]]*$/d' <<<"$STACKS")
mapfile -t words < <(sed '/^[[:space:]]*$/d' <<<"$OPTIONS")

case "$COMMAND" in
  validate) exec "$cli" validate --env all "${words[@]}" -- "${paths[@]}" ;;
  plan) exec "$cli" plan --out "$PLAN_FILE" "${words[@]}" -- "${paths[@]}" ;;
  apply)
    if [ ! -f "$PLAN_FILE" ]; then
      echo "error: the saved plan $PLAN_FILE does not exist: nothing was applied" >&2
      exit 1
    fi
    exec "$cli" apply "${words[@]}" -- "$PLAN_FILE"
    ;;
  auto-apply) exec "$cli" apply --auto-approve "${words[@]}" -- "${paths[@]}" ;;
  drift) exec "$cli" drift "${words[@]}" -- "${paths[@]}" ;;
  *)
    echo "error: the command is validate, plan, apply, auto-apply or drift, not $COMMAND" >&2
    exit 1
    ;;
esac
