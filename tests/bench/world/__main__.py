"""Write the hash of the generator and of the truth it makes, or one world into a folder.

python -m tests.bench.world seal            # prints what SHA256 must hold
python -m tests.bench.world FOLDER SEED     # case/, truth.parquet, accounts.csv, ip_ranges.csv
"""

import sys
from pathlib import Path

from . import make, planted, sources_sha256, truth_sha256, write

if sys.argv[1:] == ["seal"]:
    sys.stdout.write(f"{sources_sha256()}  sources\n{truth_sha256(make(planted(1)).truth)}  truth of planted(1)\n")
else:
    write(make(planted(int(sys.argv[2]))), Path(sys.argv[1]))
