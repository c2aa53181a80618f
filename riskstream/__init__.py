"""The command line: one module a group of verbs. Nothing below imports it."""
