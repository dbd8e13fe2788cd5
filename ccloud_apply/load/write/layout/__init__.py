"""The one layout of a YAML file: what `fmt` writes. Comments stay, values never change."""
