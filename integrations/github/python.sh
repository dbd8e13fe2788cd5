#!/usr/bin/env bash
# Fails, with a way out, where $PYTHON is no Python that ccloud-apply runs on, or none at all.
set -euo pipefail
if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "error: $PYTHON is not Python 3.11 or later, which ccloud-apply needs: name one with the input" \
    "python, or let actions/setup-python install one before this step" >&2
  exit 1
fi
