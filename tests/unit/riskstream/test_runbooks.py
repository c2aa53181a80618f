"""Every runbook that a rule names is there, with its anchor, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backfill.configuration import configuration

RULES = configuration(Path("risk_rules")).rules.rules
PAGES = sorted(path for path in Path("docs/runbooks").glob("*.md") if path.name != "README.md")
_ANCHOR = re.compile(r'<a id="([a-z-]+)"></a>')


@pytest.mark.parametrize("link", sorted({rule.runbook for rule in RULES if rule.runbook}))
def test_a_runbook_link_leads_to_a_section(link: str) -> None:
    page, _, anchor = link.partition("#")
    assert Path(page).is_file(), link
    assert not anchor or anchor in _ANCHOR.findall(Path(page).read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_each_section_says_what_it_means_what_to_check_who_and_what_ends_it(page: Path) -> None:
    sections = page.read_text(encoding="utf-8").split("\n## ")[1:]
    assert sections
    for section in sections:
        assert _ANCHOR.search(section), section[:60]
        rows = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith(("| |", "|---"))]
        words = ("Meaning", "Check first", "Who", "Ends")
        assert [word for word in words if any(word in row.split("|")[1] for row in rows)] == list(words), section[:60]
        assert all(len(row.split("|")) == 5 and row.split("|")[2].strip() and row.split("|")[3].strip() for row in rows), section[
            :60
        ]
        assert all(re.search("[一-鿿]", row.split("|")[2]) for row in rows), section[:60]


def test_each_page_is_in_the_list() -> None:
    listed = Path("docs/runbooks/README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if f"({page.name})" not in listed] == []
