"""What runs over every reading, compiled: quality tests, windows, rule code, delays; `judge.Judge` is their face."""
