"""`forensics` and `python -m forensics`."""

import sys


def main() -> None:
    """Run one command and end with its exit code."""
    from forensics.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
