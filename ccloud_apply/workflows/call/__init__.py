"""One operation of the API, called by hand."""
