"""The case of the story `reseller`, made once for all looks at it."""

import subprocess
import sys
from pathlib import Path

import pytest

from forensics.demo.embedded import story_folder

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("accounts", "identities", "ip-ranges", "incidents", "statements", "terms")


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, folder = story_folder("reseller"), tmp_path_factory.mktemp("case") / "case"
    flags = []
    for kind in KINDS:
        path = source / "context" / f"{kind.replace('-', '_')}.csv"
        if path.exists():
            flags += [f"--{kind}", str(path)]
    command = [sys.executable, "-m", "forensics", "run", str(source / "logs"), "-C", str(folder), *flags]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder
