"""Makes sure that each change happens exactly once: prepare, record, resolve, confirm."""
