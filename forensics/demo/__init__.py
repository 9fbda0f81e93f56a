"""Made-up stories with a known truth: the logs that `forensics demo` runs the real commands on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from forensics.demo import campus, gallery, hydra, reseller
from forensics.errors import UsageError


@dataclass(frozen=True, slots=True)
class Story:
    """One synthetic case: its title, and what writes it into a folder."""

    title: str
    generate: Callable[[Path], None]


STORIES = {
    "gallery": Story(
        "Two accounts take prompts and pictures in pairs; an outage mostly is not theirs", gallery.generate
    ),
    "reseller": Story(
        "A rival's dozen accounts and a reseller: answers taken to train on, and a statement that it stopped",
        reseller.generate,
    ),
    "hydra": Story(
        "Three operators of 40, 200 and 600 accounts behind rotating proxies, among thousands", hydra.generate
    ),
    "campus": Story(
        "Nothing to find: a campus, offices, a carrier, a build farm and a declared fleet", campus.generate
    ),
}


def write(story: str, folder: Path) -> None:
    """Write one story's logs, context, truth and page into a folder, which is made if absent.

    Raises:
        UsageError: There is no story of that name.
    """
    if story not in STORIES:
        raise UsageError(f"there is no story {story!r}", hint=f"stories are: {', '.join(STORIES)}")
    folder.mkdir(parents=True, exist_ok=True)
    STORIES[story].generate(folder)
