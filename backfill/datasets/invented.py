"""Enterprises around public data. The readings are public; names, chemicals, people and places here are invented and say so."""

from __future__ import annotations

from streams.domain.registry import Device, Enterprise, HazardSource, Person, Region

INVENTED = "(企业信息虚构)"
PROVINCE = Region(code="990000", name="演示省", kind="province", name_en="Demo province")
CITY = Region(code="990100", name="演示市", kind="city", parent="990000", name_en="Demo city")
COUNTY = Region(code="990101", name="演示县", kind="county", parent="990100", name_en="Demo county")
REGIONS = (PROVINCE, CITY, COUNTY)

PERSONS = (
    Person(role="principal", name="虚构甲"),
    Person(role="technical", name="虚构乙"),
    Person(role="operational", name="虚构丙"),
)


def enterprise(code: str, name: str, name_en: str, source: HazardSource, devices: tuple[Device, ...] = ()) -> Enterprise:
    """An enterprise of the demo county with one hazard source."""
    return Enterprise(
        code=code,
        name=name + INVENTED,
        name_en=name_en + " (invented enterprise)",
        region=COUNTY.code,
        supervisor=COUNTY.code,
        sources=(source,),
        devices=devices,
        persons=PERSONS,
    )
