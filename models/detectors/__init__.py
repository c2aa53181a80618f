"""Detectors of abnormal behaviour of one hazard source: trained on normal rows, served as plain arrays, one row a tick."""

from models.detectors.arrays import ArtefactError
from models.detectors.artefact import Artefact, artefact_hash, load, save, verify
from models.detectors.detector import Detector, Scores, Verdict

__all__ = ["Artefact", "ArtefactError", "Detector", "Scores", "Verdict", "artefact_hash", "load", "save", "verify"]
