"""Requests as columns of numbers, before anything is spelled."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from .draw import Ints

LIST, ITEM, CHAT, SEARCH, INBOX, LOGIN, MODELS = range(7)
PATHS = ("/v1/items", "/v1/items/{id}", "/v1/chat/completions", "/v1/search", "/v1/inbox", "/v1/login", "/v1/models")
NONE = -1


@dataclass
class Requests:
    """Requests, one per position: who, when (µs since the start), from where, with what, for what."""

    account: Ints
    time: Ints
    address: Ints
    client: Ints
    kind: Ints
    item: Ints  # id asked for, or NONE
    prompt: Ints  # number of the prompt, or NONE where the gateway logged none
    failed: Ints  # 1 where the answer was 503

    def __len__(self) -> int:
        return len(self.account)

    def take(self, where: Ints) -> "Requests":
        """Return the requests at these positions."""
        return Requests(*(getattr(self, field.name)[where] for field in fields(self)))


def requests(account: Ints, time: Ints, address: Ints, client: Ints, kind: int | Ints) -> Requests:
    """Return requests that ask for no item and show no prompt yet."""
    count = len(account)
    kinds = np.full(count, kind, np.int64) if isinstance(kind, int) else kind
    return Requests(
        account.astype(np.int64), time.astype(np.int64), address.astype(np.int64), client.astype(np.int64), kinds,
        np.full(count, NONE, np.int64), np.full(count, NONE, np.int64), np.zeros(count, np.int64),
    )  # fmt: skip


def together(parts: Sequence[Requests]) -> Requests:
    """Return all requests of the parts, one part after the other."""
    return Requests(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Requests)))
