"""How a fleet is shown and told."""
