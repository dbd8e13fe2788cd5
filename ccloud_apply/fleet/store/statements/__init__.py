"""What is asked of the tables and written to them: one module a subject, plain async functions."""
