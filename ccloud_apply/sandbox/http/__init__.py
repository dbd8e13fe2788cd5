"""HTTP in the emulator: the API document, request validation, replies."""
