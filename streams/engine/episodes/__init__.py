"""Warnings as episodes: raise to clear, the ladder and its statutory clocks, disposal reports, who must hear."""
