"""Where stack files come from: folders and repositories of Git, and what changes in them."""
