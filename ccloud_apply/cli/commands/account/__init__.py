"""Commands that read the account: drift, export, catalog, tasks."""
