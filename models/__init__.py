"""Risk models as pure functions and plain arrays: inherent risk, five-high, score, roll-up, detectors. Imports nothing of streams."""
