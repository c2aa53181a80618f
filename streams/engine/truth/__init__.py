"""Whether the data are true: doubts over minutes, tampering, patrol, the five qualities of a day. Nothing of it lowers anything."""
