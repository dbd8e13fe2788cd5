"""The page of a fleet, and the same data as JSON. Nothing here talks to an account."""
