"""Handlers of the account: tokens, tasks, money, subscriptions."""
