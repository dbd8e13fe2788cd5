"""What renderers share: escaping, styles, tables, values."""
