"""Write a story: `python -m forensics.demo STORY FOLDER`."""

import sys
from pathlib import Path

from forensics.demo import STORIES, write
from forensics.errors import ForensicsError

_EXPECTED_ARGUMENTS = 2


def main(arguments: list[str]) -> int:
    """Write the story named first into the folder named second; return the exit code."""
    if len(arguments) != _EXPECTED_ARGUMENTS:
        sys.stderr.write(f"usage: python -m forensics.demo {'|'.join(STORIES)} FOLDER\n")
        return 2
    try:
        write(arguments[0], Path(arguments[1]))
    except ForensicsError as error:
        sys.stderr.write(f"error: {error}\n" + (f"hint: {error.hint}\n" if error.hint else ""))
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
