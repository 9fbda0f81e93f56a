"""`forensics` and `python -m forensics`."""

import gc
import sys

_LIVING = 500_000  # objects of the libraries alone: looking at them again and again took a tenth of the time of ingest


def main() -> None:
    """Run one command and end with its exit code."""
    gc.set_threshold(_LIVING, 50, 100)
    from forensics.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
