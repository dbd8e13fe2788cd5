"""Answers to requests: read the tables, make a page or a document of what is there."""
