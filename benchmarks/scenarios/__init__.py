"""All scenarios by id. An id and its seed are for ever; a scenario that changes its work gets a new id."""
