"""The emulator's side of HTTP: the document, checks of requests, replies."""
