"""A drift report as text and documents, one module a format."""
