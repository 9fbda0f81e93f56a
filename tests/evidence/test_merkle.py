"""Lines that are proved to be of a sealed file: what is refused, and what is never given away."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.evidence import merkle
from forensics.evidence.merkle import Commitment, commit, salt_key
from forensics.evidence.verify_merkle import ForgedError, leaf_of, root_of
from forensics.sources import ByteRange

KEY = salt_key(bytes(range(32)), "ab" * 32)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of eight lines: every seam of the tree is met by small files."""
    monkeypatch.setattr(merkle, "_LEVELS", 3)
    monkeypatch.setattr(merkle, "_BLOCK", 8)


def naive_root(lines: list[bytes]) -> bytes:
    """Return the root as RFC 6962 says it, all at once."""
    salts = b"".join(hashlib.shake_256(KEY + block.to_bytes(8, "big")).digest(16 * 8) for block in range(99))
    nodes = [hashlib.sha256(b"\0" + salts[16 * at : 16 * at + 16] + line).digest() for at, line in enumerate(lines)]
    while len(nodes) > 1:
        pairs = [nodes[at : at + 2] for at in range(0, len(nodes), 2)]
        nodes = [hashlib.sha256(b"\1" + pair[0] + pair[1]).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return nodes[0]


def ranges(lines: list[bytes], chosen: list[int]) -> list[ByteRange]:
    starts = [sum(len(line) + 1 for line in lines[:at]) for at in range(len(lines))]
    return [ByteRange(starts[at], len(lines[at])) for at in chosen]


def opened(made: Commitment, lines: list[bytes]) -> dict[int, bytes]:
    return {leaf.number: leaf_of(leaf.salt, lines[leaf.number]) for leaf in made.leaves}


def example(count: int = 37, chosen: tuple[int, ...] = (0, 3, 7, 8, 20, 36)) -> tuple[list[bytes], Commitment]:
    lines = [f"line {number} of the file".encode() for number in range(count)]
    return lines, commit([b"\n".join(lines)], KEY, ranges(lines, list(chosen)))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_lines_of_any_file_lead_to_its_root(data: st.DataObject) -> None:
    lines = data.draw(st.lists(st.binary(max_size=5).map(lambda line: line.replace(b"\n", b"x") + b"."), min_size=1))
    content = b"\n".join(lines) + data.draw(st.sampled_from([b"", b"\n"]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=4)))
    pieces = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    chosen = data.draw(st.sets(st.integers(0, len(lines) - 1), min_size=1))
    made = commit(pieces, KEY, ranges(lines, sorted(chosen)))
    assert (made.lines, made.root) == (len(lines), naive_root(lines))
    assert [leaf.number for leaf in made.leaves] == sorted(chosen)
    assert [content[leaf.range.offset :][: leaf.range.length] for leaf in made.leaves] == [
        lines[at] for at in sorted(chosen)
    ]
    assert root_of(len(lines), opened(made, lines), made.proof) == made.root


def test_range_over_several_lines_and_blocks_proves_each_of_them() -> None:
    lines, _ = example()
    begin = ranges(lines, [6])[0]
    made = commit([b"\n".join(lines)], KEY, [ByteRange(begin.offset + 2, 60)])
    assert [leaf.number for leaf in made.leaves] == [6, 7, 8, 9]
    assert root_of(37, opened(made, lines), made.proof) == made.root


def test_empty_source_has_the_root_of_nothing_and_blank_lines_are_lines() -> None:
    assert commit([], KEY) == (0, hashlib.sha256().digest(), (), b"")
    assert commit([b"\n\n"], KEY).lines == 2


@pytest.mark.parametrize("at", [0, 3, 36])
def test_changed_line_is_refused(at: int) -> None:
    lines, made = example()
    leaves = opened(made, [line + b"!" * (number == at) for number, line in enumerate(lines)])
    assert root_of(37, leaves, made.proof) != made.root


def test_line_of_another_file_is_refused_even_with_its_own_salt_and_proof() -> None:
    lines, made = example()
    other = commit([b"\n".join(lines)], salt_key(bytes(32), "ab" * 32), ranges(lines, [0, 3, 7, 8, 20, 36]))
    assert root_of(37, opened(other, lines), other.proof) == other.root != made.root
    mixed = opened(made, lines) | {3: opened(other, lines)[3]}
    assert root_of(37, mixed, made.proof) != made.root


def test_line_at_another_place_or_in_a_file_of_another_length_is_refused() -> None:
    lines, made = example()
    leaves = opened(made, lines)
    leaves[2] = leaves.pop(3)
    with pytest.raises(ForgedError) if len(made.proof) % 32 else pytest.MonkeyPatch.context():
        assert root_of(37, leaves, made.proof) != made.root
    for count in (36, 38, 64):
        try:
            forged = root_of(count, opened(made, lines), made.proof) == made.root
        except ForgedError:
            forged = False
        assert not forged


@pytest.mark.parametrize("change", [lambda p: p[:-32], lambda p: p + bytes(32), lambda p: p[:-1], lambda p: p[:0]])
def test_proof_too_short_or_too_long_is_refused(change: object) -> None:
    lines, made = example()
    assert callable(change)
    with pytest.raises(ForgedError):
        root_of(37, opened(made, lines), change(made.proof))


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_every_changed_bit_of_a_proof_is_refused(at: int, bit: int) -> None:
    lines, made = example()
    forged = bytearray(made.proof)
    forged[at % len(forged)] ^= 1 << bit
    assert root_of(37, opened(made, lines), bytes(forged)) != made.root


def test_inner_node_is_no_leaf() -> None:
    """Without the two prefixes a forger could show the hashes of two lines as one line."""
    lines, made = example(2, (0, 1))
    left, right = (leaf.digest for leaf in made.leaves)
    assert leaf_of(b"", left + right) != made.root
    assert root_of(2, opened(made, lines), made.proof) == made.root


def test_equal_lines_have_unrelated_leaves_and_salts_are_not_shared_between_sources() -> None:
    made = commit([b"same\nsame\nsame"], KEY, [ByteRange(0, 4), ByteRange(5, 4)])
    other = commit([b"same\nsame\nsame"], salt_key(bytes(range(32)), "cd" * 32), [ByteRange(0, 4)])
    assert len({leaf.digest for leaf in (*made.leaves, *other.leaves)}) == 3


def test_proof_needs_each_hash_once_and_is_bounded() -> None:
    lines = [b"x%d" % number for number in range(1000)]
    one = commit([b"\n".join(lines)], KEY, ranges(lines, [500]))
    every = commit([b"\n".join(lines)], KEY, ranges(lines, list(range(1000))))
    half = commit([b"\n".join(lines)], KEY, ranges(lines, list(range(500))))
    assert (len(one.proof) // 32, len(every.proof), len(half.proof) // 32) == (10, 0, 3)


def write(folder: Path, lines: list[bytes], made: Commitment) -> Path:
    """Lay a proof out as a package does."""
    proofs, raw = folder / "proofs", folder / "evidence" / "raw"
    proofs.mkdir(parents=True)
    raw.mkdir(parents=True)
    about = {"source": "S0001", "lines": made.lines, "root": made.root.hex()}
    (proofs / "S0001.merkle.json").write_text(json.dumps(about))
    (proofs / "S0001.proof").write_bytes(made.proof)
    rows, extract = ["index,salt,extract_offset,length,leaf"], b""
    for leaf in made.leaves:
        hidden = leaf.number == 20
        shown = f"{leaf.number},{leaf.salt.hex()},{len(extract)},{leaf.range.length},"
        rows.append(f"{leaf.number},,,,{leaf.digest.hex()}" if hidden else shown)
        extract += b"" if hidden else lines[leaf.number] + b"\n"
    (proofs / "S0001.leaves.csv").write_text("\n".join(rows) + "\n")
    (raw / "S0001.lines").write_bytes(extract)
    script = Path(merkle.__file__).with_name("verify_merkle.py")
    (proofs / "verify_merkle.py").write_text(script.read_text())
    return folder


def run(folder: Path, *args: str) -> tuple[int, str]:
    """Run the script as the other side does: any Python, nothing installed."""
    command = [sys.executable, "-I", "-S", str(folder / "proofs/verify_merkle.py"), *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.stderr == "" or done.returncode == 2
    return done.returncode, done.stdout


def test_script_accepts_shown_and_hidden_lines_and_the_root_one_expects(tmp_path: Path) -> None:
    lines, made = example()
    folder = write(tmp_path / "p", lines, made)
    root = made.root.hex()
    said = (
        f"S0001: 5 lines shown and 1 hidden are lines of the file of 37 lines with the root {root}\nall proofs hold\n"
    )
    assert run(folder) == (0, said)
    assert run(folder, f"S0001={root}") == (0, said)
    code, text = run(folder, f"S0001={'0' * 64}")
    assert (code, "you expect another root" in text) == (1, True)
    assert run(folder, "../x=1")[0] == 2


@pytest.mark.parametrize(
    ("name", "before", "after", "message"),
    [
        ("evidence/raw/S0001.lines", "line 3 of", "line 3 Of", "do not lead to the root"),
        ("proofs/S0001.leaves.csv", "36,", "35,", "do not lead to the root|does not fit|more than|too short"),
        ("proofs/S0001.leaves.csv", "\n8,", "\n7,", "is not a rising list"),
        ("proofs/S0001.merkle.json", '"lines": 37', '"lines": 39', "do not lead|more than|too short"),
        ("proofs/S0001.merkle.json", '"S0001"', '"S0002"', "is not about it"),
        ("proofs/S0001.merkle.json", '{"', '["', "cannot be read"),
        ("proofs/S0001.leaves.csv", "index,", "indexes,", "has other columns"),
        ("proofs/S0001.leaves.csv", ",19,18,", ",99999,18,", "ends before its line does"),
        ("proofs/S0001.leaves.csv", ",19,18,", ",-1,18,", "names no byte range"),
    ],
)
def test_script_refuses_what_somebody_changed(tmp_path: Path, name: str, before: str, after: str, message: str) -> None:
    folder = write(tmp_path / "p", *example())
    text = (folder / name).read_text()
    assert before in text
    (folder / name).write_text(text.replace(before, after))
    code, said = run(folder)
    assert code == 1
    assert re.search(message, said), said
