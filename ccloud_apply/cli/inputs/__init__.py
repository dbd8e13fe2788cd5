"""What flags and paths name: stack files, plan files, reports, passwords. Read here, used
elsewhere.
"""
