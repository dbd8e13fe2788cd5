"""The schemas as editors get them: hover texts, links and snippets."""
