"""Drawings: each a pure function of query rows, each with a twin that says the same in text."""

from forensics.report.charts.activity import activity
from forensics.report.charts.channels import channels
from forensics.report.charts.gaps import gaps
from forensics.report.charts.graph import graph
from forensics.report.charts.groups import groups
from forensics.report.charts.load import load
from forensics.report.charts.matrix import matrix
from forensics.report.charts.periodogram import LEAST_REQUESTS, periodogram
from forensics.report.charts.raster import raster
from forensics.report.charts.reach import drawable, reach
from forensics.report.charts.waterfall import waterfall

__all__ = [
    "LEAST_REQUESTS", "activity", "channels", "drawable", "gaps", "graph", "groups", "load", "matrix", "periodogram",
    "raster", "reach", "waterfall",
]  # fmt: skip
