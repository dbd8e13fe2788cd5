"""From stacks and an account to a plan with its price; which plans are stale or not allowed."""
