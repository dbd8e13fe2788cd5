"""Other looks at the same comparison: drift, export, rehearsal."""
