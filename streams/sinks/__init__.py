"""Outputs of the log into ClickHouse tables: on a server or, for a demo and a small site, inside the process (chDB).

Same tables, same SQL, same results on both; one contract suite holds it.
"""
