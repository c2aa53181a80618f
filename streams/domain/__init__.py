"""Values that every part of the house shares. No I/O, no clock, no framework."""
