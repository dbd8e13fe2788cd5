"""Invoices, reports and subscriptions as documents."""
