"""What a command tells the libraries before they are loaded: what the environment says already stays."""

import json
import os
import subprocess
import sys

import pytest

_KEPT = """
import json, os
from forensics import allocation
allocation.keep({workers})
print(json.dumps(dict(os.environ)))
"""
_MAIN = """
import os, sys
import forensics.__main__ as command
os._exit = lambda code: print(code, os.environ["OPENBLAS_NUM_THREADS"], "numpy" in sys.modules)
sys.argv = ["forensics", "version"]
command.main()
"""


def run(code: str, **environment: str) -> str:
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("POLARS_", "_RJEM", "OPENBLAS"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=mine | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(("workers", "threads"), [(1, "1"), (2, "1"), (8, "2"), (64, "16")])
def test_polars_has_as_many_threads_as_workers_need(workers: int, threads: str) -> None:
    assert json.loads(run(_KEPT.format(workers=workers)))["POLARS_MAX_THREADS"] == threads


def test_a_command_that_does_more_than_that_leaves_polars_its_threads() -> None:
    found = json.loads(run(_KEPT.format(workers=None)))
    assert "POLARS_MAX_THREADS" not in found
    assert "narenas:1" in found["_RJEM_MALLOC_CONF"]


def test_what_the_environment_says_stays() -> None:
    found = json.loads(run(_KEPT.format(workers=8), POLARS_MAX_THREADS="3", _RJEM_MALLOC_CONF="narenas:2"))
    assert (found["POLARS_MAX_THREADS"], found["_RJEM_MALLOC_CONF"]) == ("3", "narenas:2")


def test_sums_do_not_depend_on_a_number_of_threads() -> None:
    assert run(_MAIN, OPENBLAS_NUM_THREADS="7").split() == ["0", "1", "False"]
