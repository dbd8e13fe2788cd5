"""One matched pair to what happens to it: action, changes, and the drafts of its steps."""
