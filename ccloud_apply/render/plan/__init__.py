"""A plan as text and documents, one module a format."""
