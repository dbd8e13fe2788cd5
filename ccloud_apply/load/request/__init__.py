"""One request to the API, as a person writes it: checked against the API document, pure."""
