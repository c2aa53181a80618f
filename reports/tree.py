"""The tree of regions, parks and enterprises by their parent links. Never by prefixes of codes: high-tech zones break them."""

from __future__ import annotations

from collections.abc import Iterable

from reports.facts import EnterpriseFact, ParkFact, RegionFact


class Tree:
    """Who belongs to whom, as the registry said at one moment."""

    def __init__(self, regions: Iterable[RegionFact], parks: Iterable[ParkFact], enterprises: Iterable[EnterpriseFact]) -> None:
        self.regions = {r.code: r for r in regions}
        self.parks = {p.code: p for p in parks}
        self.enterprises = {e.code: e for e in enterprises}
        self._children: dict[str, list[str]] = {}
        for region in sorted(self.regions.values(), key=lambda r: r.code):
            self._children.setdefault(region.parent, []).append(region.code)

    def knows(self, code: str) -> bool:
        return code in self.regions or code in self.parks

    def name(self, code: str, lang: str = "zh") -> str:
        """Name of a region, park or enterprise; its code when it has none."""
        found = self.regions.get(code) or self.parks.get(code) or self.enterprises.get(code)
        if found is None:
            return code
        return (found.name_en if lang == "en" and found.name_en else found.name) or code

    def below(self, code: str) -> list[str]:
        """`code` and every region below it, each once, parents first. Links that run in a circle end where they began."""
        found = [code]
        seen = {code}
        for region in found:
            for child in self._children.get(region, ()):
                if child not in seen:
                    seen.add(child)
                    found.append(child)
        return found

    def members(self, code: str) -> list[EnterpriseFact]:
        """Enterprises of a region with all below it, or of a park, by code."""
        if code in self.parks and code not in self.regions:
            found = [e for e in self.enterprises.values() if e.park == code]
        else:
            regions = set(self.below(code))
            found = [e for e in self.enterprises.values() if e.region in regions]
        return sorted(found, key=lambda e: e.code)

    def counties(self, code: str) -> list[str]:
        """Regions below `code` to rank against each other: its counties, by code."""
        return [r for r in sorted(self.below(code)) if r in self.regions and self.regions[r].kind == "county"]

    def county_of(self, enterprise: EnterpriseFact) -> str:
        """The nearest region upwards that is a county, else the enterprise's own region."""
        region, seen = enterprise.region, set[str]()
        while region in self.regions and region not in seen:
            if self.regions[region].kind == "county":
                return region
            seen.add(region)
            region = self.regions[region].parent
        return enterprise.region
