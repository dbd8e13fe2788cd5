"""The site of the docs: how mkdocs makes it of docs/. Nothing of it is in the package."""
