"""fleet.yaml: its schema, what is wrong with it, and the values that it comes to."""
