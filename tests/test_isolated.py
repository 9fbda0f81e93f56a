"""The whole run without a network and without a home to write to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Where namespaces are not allowed (some containers), Python itself refuses every socket: weaker, because a library in
# C could open one past it, so the test says which of the two it used.
REFUSE = """\
import sys

def refused(event, arguments):
    if event.startswith("socket.") and event not in {"socket.gethostname"}:
        raise RuntimeError(f"this program works offline: {event} {arguments}")

sys.addaudithook(refused)
"""
READ_ONLY = 'mount --bind "$HOME" "$HOME" && mount -o remount,bind,ro "$HOME"'
IN_NAMESPACE = READ_ONLY + ' && exec "$@"'


def namespaces_work() -> bool:
    """Tell whether this machine gives a process a network without interfaces and a mount of its own."""
    try:
        command = ["unshare", "-rnm", "sh", "-c", "mount --bind /tmp /tmp"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def lines() -> str:
    """Return a small log: two accounts that walk through the same ids, and forty that do not."""
    made = []
    for second in range(1200):
        name = f"w-{second % 2}" if second % 3 else f"u-{second % 40:02d}"
        at = f"{22 + second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}"
        made.append(
            f'198.18.{second % 3}.{second % 40 + 1} - {name} [07/Mar/2026:{at} +0000] "GET /images/{5000 + second} '
            f'HTTP/1.1" 200 {900 + second % 7} "-" "agent/1.0"\n'
        )
    return "".join(made)


def test_whole_run_works_without_network_and_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir(mode=0o500)
    (work / "hook").mkdir(parents=True)
    (work / "access.log").write_text(lines())
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / "key"], check=True)
    isolated = namespaces_work()
    if not isolated:
        (work / "hook" / "sitecustomize.py").write_text(REFUSE)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join([str(work / "hook"), str(ROOT)]),
    }  # fmt: skip

    def run(*args: str) -> str:
        command = [sys.executable, "-m", "forensics", *args]
        if isolated:
            command = ["unshare", "-rnm", "sh", "-c", IN_NAMESPACE, "sh", *command]
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    if isolated:
        probe = f'{READ_ONLY} && ! touch "$HOME/x" 2>/dev/null && cat /proc/net/dev'
        seen = subprocess.run(
            ["unshare", "-rnm", "sh", "-c", probe], env=environment, capture_output=True, text=True, check=True
        ).stdout
        assert [line.split(":")[0].strip() for line in seen.splitlines()[2:]] == ["lo"]
    run("run", "access.log", "-C", "case")
    run("export", "package", "-C", "case", "--sign", "key")
    assert "VERDICT  the package is as it was made" in run("verify", "package", "--signer", "key.pub")
    run("verify", "case")
    run("account-data", "w-1", "mine", "-C", "case")
    run("purge", "--now", "--reason", "test", "-C", "case")
    assert list(home.iterdir()) == []
    with capsys.disabled():
        guard = "a namespace without interfaces" if isolated else "an audit hook: this machine allows no namespaces"
        sys.stdout.write(f"\n(offline test under {guard})\n")
