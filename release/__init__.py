"""What makes a release: the changelog's sections, the checks before a tag is published, the files.

`python -m release` is the command; docs/releasing.md says when to call what. The release workflow
calls the same functions as the rehearsal does. Nothing here publishes anything: that is done by the
workflow alone, with identities that no machine of ours holds. Needs the standard library, git, and
for `assemble` and `rehearse` the tools of the extra `dev`.
"""
