"""The tree check finds what it is for, and nothing in the tree as it is."""

from __future__ import annotations

import pytest

from tests.architecture.tree import offences, offences_of

PLANTED = {
    "a path of one machine": "see " + "/ho" + "me/somebody/x",
    "a private key": "-----BEGIN RSA PRIVATE " + "KEY-----",
    "a merge leftover": "<<<<<<" + "< ours",
    "work left open": "# TO" + "DO: later",
    "a checker silenced without its name": "x = 1  # type: ig" + "nore",
    "an index in a lock": "--index-" + "url somewhere",
    "an address of the network": "ht" + "tps://packages.somewhere.org/simple",
    "a module over 400 lines": "\n" * 401,
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_offence_is_found_with_its_line(what: str) -> None:
    text = PLANTED[what] if what == "a module over 400 lines" else f"first line\n{PLANTED[what]}\n"
    (found,) = offences_of("streams/engine/planted.py", text)
    assert found.what.startswith(what)
    assert found.line == (401 if what == "a module over 400 lines" else 2)


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:9092", "https://office.example/api", "x: int = 1  # type: ignore[misc]", "GB 18218/2018"]
)
def test_what_is_allowed_is_not_found(text: str) -> None:
    assert not list(offences_of("streams/engine/fine.py", text))


def test_the_tree_holds_nothing_prohibited() -> None:
    assert [str(offence) for offence in offences()] == []
