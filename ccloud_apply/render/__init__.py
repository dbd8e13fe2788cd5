"""Values become text here: one module per document and format. Nothing in here prints."""
