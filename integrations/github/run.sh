#!/usr/bin/env bash
# Runs one command of ccloud-apply. Lists come one word a line, so that nothing is split or expanded.
set -euo pipefail
cli="$RUNNER_TEMP/ccloud-apply/bin/ccloud-apply"
mapfile -t paths < <(sed '/^[[:space:]]*$/d' <<<"$STACKS")
mapfile -t words < <(sed '/^[[:space:]]*$/d' <<<"$OPTIONS")

if [ "${COMMENT:-}" = true ] && [ "$COMMAND" != plan ]; then
  echo "error: $COMMAND has no plan to show in a comment: leave out the input comment" >&2
  exit 1
fi
if [ "${VISIBILITY:-}" = public ] && [ "$COMMAND" != validate ]; then
  echo "::warning title=ccloud-apply::this repository is public: everyone can read the log, the step's" \
    "page, the comment and the artifact, which name servers and addresses of the account"
fi

case "$COMMAND" in
  validate) exec "$cli" validate --env all "${words[@]}" -- "${paths[@]}" ;;
  plan)
    # The comment shows what was said, too. Nothing is lost where a plan is stopped, so that this
    # shell may stay.
    "$cli" plan --out "$PLAN_FILE" "${words[@]}" -- "${paths[@]}" 2> >(tee -- "$RUNNER_TEMP/ccloud-said" >&2) &&
      code=0 || code=$?
    wait "$!" || true
    exit "$code"
    ;;
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
    echo "error: the input command must be validate, plan, apply, auto-apply, drift or withdraw, not $COMMAND" >&2
    exit 1
    ;;
esac
