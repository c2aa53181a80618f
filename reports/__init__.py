"""Rankings and distributions for the supervisors: facts from the tables, a pure computation, its rendering."""
