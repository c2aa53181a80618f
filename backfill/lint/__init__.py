"""Lint of rules: mistakes that can be read off the files. A rule that can never hold hides an emergency as well as no rule at all.

One check a file in `checks/`; `ground.py` is what they look at, `solving.py` decides whether conditions can hold. Nothing here is used by
the engine.
"""
