"""Bytes of the log to checked columns and typed events, value by value. Pure: no clock, no state that changes results."""
