"""Where the stories lie that came with the program."""

from pathlib import Path

from forensics.errors import SourceError

_PACKAGE = Path(__file__).resolve().parent.parent


def story_folder(name: str) -> Path:
    """Return the folder of an embedded story: the wheel's copy, else the checkout's.

    Raises:
        SourceError: Neither has a story of that name.
    """
    for parent in (_PACKAGE / "sample_logs", _PACKAGE.parent / "sample_logs"):
        if (parent / name / "truth.json").is_file():
            return parent / name
    raise SourceError(
        f"the sample logs of the story {name!r} are not installed",
        hint=f"write them with `python -m forensics.demo {name} FOLDER`, or reinstall the package",
    )
