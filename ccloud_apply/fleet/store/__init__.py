"""The tables of a fleet: one set of statements for SQLite and PostgreSQL, and their migrations."""
