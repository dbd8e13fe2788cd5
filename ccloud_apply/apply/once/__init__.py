"""Makes sure that each change happens exactly once: look before, record, find out, confirm."""
