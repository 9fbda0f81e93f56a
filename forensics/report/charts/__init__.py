"""Drawings: each a pure function of query rows, each with a twin that says the same in text."""

from forensics.report.charts.activity import activity
from forensics.report.charts.gaps import gaps
from forensics.report.charts.load import load
from forensics.report.charts.matrix import matrix
from forensics.report.charts.raster import raster
from forensics.report.charts.waterfall import waterfall

__all__ = ["activity", "gaps", "load", "matrix", "raster", "waterfall"]
