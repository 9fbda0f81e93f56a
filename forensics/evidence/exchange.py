"""Networks and accounts for machines: a STIX 2.1 bundle and a MISP event. Written by hand, checked with stix2 in tests.

All ids are UUID version 5, so that two exports agree. Addresses are never marked for blocking (`to_ids` false, no
indicator pattern that acts): many people can stand behind one of them. What is stated about the accounts stays in the
report, where each statement stands with its alternative.
"""

import ipaddress
import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from forensics.audience import Disclosure, pseudonyms
from forensics.case import Case, canonical
from forensics.engine import Engine
from forensics.schema import CLUSTER_MEMBERS, CLUSTERS, REQUESTS
from forensics.text import visible

_OASIS = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1, 2.9: ids of what can be observed
_OWN = uuid.uuid5(uuid.NAMESPACE_DNS, "forensics.example")
# The markings that STIX 2.1 defines, 7.2.1.4: their ids and dates are fixed.
_MARKINGS = {
    "white": "613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "amber": "f88d31f6-486f-44da-b317-01333bde0b82",
    "red": "5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
_NETWORKS = """
SELECT
    cluster_members.cluster_id,
    disclosed.user_id,
    disclosed.pseudonym,
    CASE WHEN $ranges THEN requests.source_range ELSE requests.source_ip END AS network,
    min(requests.timestamp) AS first_seen,
    max(requests.timestamp) AS last_seen,
    count(*) AS requests
FROM requests
JOIN disclosed USING (user_id)
JOIN cluster_members USING (user_id)
JOIN clusters USING (cluster_id)
WHERE clusters.verdict = 'coordinated' AND requests.source_ip IS NOT NULL
GROUP BY ALL
ORDER BY ALL
"""
Object = dict[str, Any]


def write_exchange(folder: Path, case: Case, disclosure: Disclosure, time: str) -> None:
    """Write `bundle.stix.json` and `event.misp.json`: networks of coordinated clusters, as the reader may see them."""
    folder.mkdir()
    public = disclosure.profile.name == "public"
    with Engine.over(case, REQUESTS, CLUSTERS, CLUSTER_MEMBERS) as engine:
        engine.register("disclosed", pseudonyms(case, disclosure))
        rows = engine.rows(_NETWORKS, {"ranges": public}).to_pylist()
    for row in rows:
        row["account"] = row["pseudonym"] if public else visible(row["user_id"])
        row["network"] = _network(row["network"])
    rows = [row for row in rows if row["network"]]
    if public:  # a range of one account alone would point at it
        users: dict[tuple[str, str], set[str]] = {}
        for row in rows:
            users.setdefault((row["cluster_id"], row["network"]), set()).add(row["user_id"])
        rows = [row for row in rows if len(users[row["cluster_id"], row["network"]]) > 1]
    moment = datetime.fromisoformat(time).astimezone(UTC)
    for name, content in (
        ("bundle.stix", _bundle(rows, disclosure, moment)),
        ("event.misp", _event(rows, disclosure, case, moment)),
    ):
        text = json.dumps(content, sort_keys=True, indent=1, ensure_ascii=True)
        (folder / f"{name}.json").write_text(text + "\n", encoding="ascii")


def _network(value: str | None) -> str | None:
    """Return an address or range in its one form; None for text that is neither (a hostile log, a masked address)."""
    try:
        network = ipaddress.ip_network(value or "", strict=False)
    except ValueError:
        return None
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _observable(kind: str, contributing: Mapping[str, str], **more: object) -> Object:
    """Return an object whose id follows from what it is, as STIX 2.1 wants it."""
    identifier = f"{kind}--{uuid.uuid5(_OASIS, json.dumps(contributing, sort_keys=True, separators=(',', ':')))}"
    return {"type": kind, "spec_version": "2.1", "id": identifier, **contributing, **more}


def _bundle(rows: list[Object], disclosure: Disclosure, moment: datetime) -> Object:
    tlp = disclosure.profile.tlp
    marking = {
        "type": "marking-definition", "spec_version": "2.1", "id": f"marking-definition--{_MARKINGS[tlp]}",
        "created": "2017-01-20T00:00:00.000Z", "definition_type": "tlp", "name": f"TLP:{tlp.upper()}",
        "definition": {"tlp": tlp},
    }  # fmt: skip
    created = {"created": _stamp(moment), "modified": _stamp(moment), "spec_version": "2.1"}
    marked = {"object_marking_refs": [marking["id"]]}
    author = {
        "type": "identity", "id": f"identity--{uuid.uuid5(_OWN, 'identity')}", "name": "forensics (log forensics)",
        "identity_class": "system", **created, **marked,
    }  # fmt: skip
    objects: dict[str, Object] = {str(author["id"]): author}
    for cluster in sorted({row["cluster_id"] for row in rows}):
        mine = [row for row in rows if row["cluster_id"] == cluster]
        seen = [_place(row["network"]) | marked for row in mine]
        seen += [_observable("user-account", {"account_login": row["account"]}) | marked for row in mine]
        refs = sorted({one["id"] for one in seen})
        objects |= {one["id"]: one for one in seen}
        observed = {
            "type": "observed-data", "id": _own_id("observed-data", cluster, refs), "object_refs": refs,
            "created_by_ref": author["id"], "first_observed": _stamp(min(row["first_seen"] for row in mine)),
            "last_observed": _stamp(max(row["last_seen"] for row in mine)),
            "number_observed": min(sum(row["requests"] for row in mine), 999_999_999), **created, **marked,
        }  # fmt: skip
        group = {
            "type": "grouping", "id": _own_id("grouping", cluster, refs), "name": f"Cluster {cluster}",
            "description": "Accounts that act as one operator, by the rules in the report. Not for automatic blocking.",
            "context": "suspicious-activity", "object_refs": sorted([*refs, str(observed["id"])]),
            "created_by_ref": author["id"], **created, **marked,
        }  # fmt: skip
        objects |= {str(one["id"]): one for one in (observed, group)}
    listed = [marking, *(objects[identifier] for identifier in sorted(objects))]
    return {"type": "bundle", "id": _own_id("bundle", canonical(listed), []), "objects": listed}


def _place(network: str) -> Object:
    return _observable("ipv6-addr" if ":" in network else "ipv4-addr", {"value": network})


def _own_id(kind: str, name: str, parts: Iterable[str]) -> str:
    return f"{kind}--{uuid.uuid5(_OWN, ' '.join((kind, name, *parts)))}"


def _event(rows: list[Object], disclosure: Disclosure, case: Case, moment: datetime) -> Object:
    """Return a MISP event of attributes, each with its own TLP tag, because tags of an event are lost on the way."""
    run_id, stamp = case.run_id(), str(int(moment.timestamp()))
    tags = [{"name": f"tlp:{disclosure.profile.tlp}"}]
    values = {("Network activity", "ip-src", row["network"]): row["cluster_id"] for row in rows}
    values |= {("Targeting data", "target-user", row["account"]): row["cluster_id"] for row in rows}
    attributes = [
        {
            "uuid": str(uuid.uuid5(_OWN, " ".join(("attribute", run_id, *key)))), "category": key[0], "type": key[1],
            "value": key[2], "to_ids": False, "comment": f"cluster {cluster}; others can share it: do not block on it",
            "timestamp": stamp, "distribution": "0", "Tag": tags,
        }
        for key, cluster in sorted(values.items())
    ]  # fmt: skip
    return {
        "Event": {
            "uuid": str(uuid.uuid5(_OWN, f"event {run_id} {disclosure.profile.name}")),
            "info": "Coordinated accounts in access logs (forensics)", "date": moment.date().isoformat(),
            "timestamp": stamp, "threat_level_id": "4", "analysis": "1", "distribution": "0", "published": False,
            "Attribute": attributes, "Tag": tags,
        }
    }  # fmt: skip
