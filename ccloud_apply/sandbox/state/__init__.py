"""What the emulator keeps, and what a fresh account holds."""
