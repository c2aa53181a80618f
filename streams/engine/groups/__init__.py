"""Rules over devices, sources and enterprises: facts of records and members as columns, judged at ticks."""
