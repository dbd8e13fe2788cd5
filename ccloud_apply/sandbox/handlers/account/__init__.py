"""Handlers of the account: tokens, tasks, invoices, subscriptions."""
