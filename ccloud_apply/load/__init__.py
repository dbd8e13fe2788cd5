"""Loads a stack from the text of its file.

Pure: no file, no network, no clock. The caller passes in what has to be looked up.
"""
