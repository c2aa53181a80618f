"""Cases beside rules: what points send and what people do, written down, played through the real engine, held against what was expected.

    reading ─► Case ─► playing (decode and engine as live) ─► Played ─► checking ─► Verdict ─► report, junit

Nothing here judges anything: the rule tester is the engine. `docs/cases.md` has the format of the files.
"""
