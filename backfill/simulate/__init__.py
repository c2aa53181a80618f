"""Seeded simulation of a county, city, province or nation, with labelled incidents."""

from backfill.simulate.incidents import KINDS, Incident, Label, Spec, drawn
from backfill.simulate.simulation import Simulation
from backfill.simulate.world import Scale, World

__all__ = ["KINDS", "Incident", "Label", "Scale", "Simulation", "Spec", "World", "drawn"]
