"""Completion of the command line in a shell: what may stand where the cursor is. Offline.

A shell asks at every TAB, so no command is imported, and click neither: `commands.json` is what is
known of them. It is made by `python -m tests.support.docs.command_line`.
"""
