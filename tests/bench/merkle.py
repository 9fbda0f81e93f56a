"""How long it takes to commit to a source and to check 30,000 of 1,000,000 lines, and how large the proof is.

python tests/bench/merkle.py [LINES [DISCLOSED]]
"""

import os
import random
import resource
import sys
from collections.abc import Iterator

from forensics.evidence.merkle import commit, salt_key
from forensics.evidence.verify_merkle import leaf_of, root_of
from forensics.sources import ByteRange

BLOCK = 1 << 20


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def measure(lines: list[bytes], chosen: list[int], name: str) -> None:
    content = b"\n".join(lines) + b"\n"
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    ranges = [ByteRange(starts[number], len(lines[number])) for number in chosen]
    key = salt_key(bytes(32), "0" * 64)

    def pieces() -> Iterator[bytes]:
        yield from (content[begin : begin + BLOCK] for begin in range(0, len(content), BLOCK))

    before = cpu()
    made = commit(pieces(), key, ranges)
    committed = cpu() - before
    before = cpu()
    leaves = {leaf.number: leaf_of(leaf.salt, lines[leaf.number]) for leaf in made.leaves}
    assert root_of(made.lines, leaves, made.proof) == made.root
    checked = cpu() - before
    hashes, salts = len(made.proof) // 32, 16 * len(made.leaves)
    say(
        f"{name}: {len(made.leaves):,} of {made.lines:,} lines ({len(content) / 1e6:,.0f} MB): "
        f"{hashes:,} hashes, {len(made.proof) / 1e6:.2f} MB and {salts / 1e6:.2f} MB of salts; "
        f"make {committed:.2f} CPU s, check {checked:.2f} CPU s"
    )


def main(count: int, disclosed: int) -> None:
    draw = random.Random(7)
    lines = [
        b'198.18.%d.%d - u-%d [07/Mar/2026:22:%02d:%02d +0000] "GET /images/%d HTTP/1.1" 200 %d "-" "agent/1.0" %s'
        % (n % 256, n % 251, n % 5000, n // 60 % 60, n % 60, n, 1000 + n % 997, os.urandom(24).hex().encode())
        for n in range(count)
    ]
    measure(lines, sorted(draw.sample(range(count), disclosed)), "scattered")
    measure(lines, list(range(count // 3, count // 3 + disclosed)), "in one run")
    bursts = sorted({n + k for n in draw.sample(range(count - 50), disclosed // 50) for k in range(50)})
    measure(lines, bursts, "in bursts of 50")
    say(f"peak memory of this script {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3] or ("1000000", "30000")))
