"""Checks of what is ordered against the account's catalogues."""
