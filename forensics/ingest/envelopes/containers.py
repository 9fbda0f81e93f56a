r"""What container runtimes put around the output of a container."""

from forensics.ingest.envelopes.base import Envelope, Members, by_members, by_pattern
from forensics.ingest.envelopes.syslog import ISO_TIME

_COLOR = r"(?:\x1b\[[0-9;]*m)*"

CRI = Envelope(
    name="cri",
    title="Container log of Kubernetes (containerd, CRI-O)",
    reference="https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md",
    peel=by_pattern(
        rf"^(?P<time>{ISO_TIME}) (?P<stream>stdout|stderr) (?P<tag>[FP](?::[^ ]*)?) (?P<inner>.*)$", partial_tags="P"
    ),
    samples=(("2026-03-02T04:05:06.003000001Z stdout F 198.18.0.7 - -", "198.18.0.7 - -"),),
)
DOCKER_JSON = Envelope(
    name="docker_json",
    title="Docker json-file",
    reference="https://docs.docker.com/engine/logging/drivers/json-file/",
    peel=by_members(
        Members(
            inner="log",
            needed=("log", "stream"),
            said=(("time", "time"), ("stream", "stream")),
            known=("log", "stream", "time", "attrs", "@timestamp", "docker", "kubernetes"),
            ended=True,
        )
    ),
    samples=(
        (
            r'{"log":"198.18.0.7 \"GET\"\n","stream":"stdout","time":"2026-03-02T04:05:06.003000001Z"}',
            '198.18.0.7 "GET"',
        ),
    ),
)
COMPOSE = Envelope(
    name="compose",
    title="Output of docker compose logs",
    reference="https://docs.docker.com/reference/cli/docker/compose/logs/",
    peel=by_pattern(rf"^{_COLOR}(?P<service>[A-Za-z0-9][A-Za-z0-9_.-]*) *{_COLOR} *\|{_COLOR} {_COLOR}(?P<inner>.*)$"),
    samples=(
        ("web-1  | 198.18.0.7 - -", "198.18.0.7 - -"),
        ("\x1b[36mweb_1    |\x1b[0m 198.18.0.7 - -", "198.18.0.7 - -"),
    ),
)
