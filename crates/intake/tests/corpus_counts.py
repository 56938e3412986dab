#!/usr/bin/env python3
"""Counts what a folder of Google Cloud dumps holds: the oracle for the importer's tests.

Written from the JSON of the Compute API (compute.v1 discovery document: Instance.networkInterfaces, *List.items,
*AggregatedList.items, networks.getEffectiveFirewalls) and not from Twinrail's code. Python's standard library only.

    python3 corpus_counts.py FOLDER > corpus_counts.json

Per project folder: how many distinct instances, NICs, subnetworks, routes, firewall rules and forwarding rules there
are, by selfLink without host and version; the NIC-to-subnet and NIC-to-network links whose both ends are in the
folder; resources that name one NIC's subnet differently in two files; and the same six counts for each file alone.
"""

import json
import pathlib
import re
import sys

COUNTED = {
    "compute#instance": "instances",
    "compute#subnetwork": "subnetworks",
    "compute#route": "routes",
    "compute#firewall": "firewall_rules",
    "compute#forwardingRule": "forwarding_rules",
}
ORDER = ["instances", "nics", "subnetworks", "routes", "firewall_rules", "forwarding_rules"]


def canonical(url):
    """projects/P/... of any form of URL."""
    found = re.search(r"(?:^|/)(projects/.*)", url or "")
    return found.group(1) if found else None


def resources(value):
    """Every resource at any depth that lists, aggregated lists and effective firewalls reach."""
    if isinstance(value, list):
        for item in value:
            yield from resources(item)
    elif isinstance(value, dict):
        if isinstance(value.get("items"), list):
            yield from resources(value["items"])
        elif isinstance(value.get("items"), dict):
            for scope in value["items"].values():
                for part in scope.values():
                    yield from resources(part if isinstance(part, list) else [])
        elif "firewalls" in value:
            yield from resources(value["firewalls"])
        else:
            yield value


class Dump:
    """What one file, or the files of one folder, hold."""

    def __init__(self):
        self.names = {kind: set() for kind in COUNTED}
        self.networks = set()
        self.nics = {}

    def add(self, resource):
        kind, name = resource.get("kind"), canonical(resource.get("selfLink"))
        if not name:
            return
        if kind == "compute#network":
            self.networks.add(name)
        if kind not in COUNTED:
            return
        self.names[kind].add(name)
        if kind == "compute#instance":
            for nic in resource.get("networkInterfaces", []):
                ends = (canonical(nic.get("subnetwork")), canonical(nic.get("network")))
                self.nics.setdefault(f"{name}/{nic['name']}", set()).add(ends)

    def counts(self):
        counts = {word: len(self.names[kind]) for kind, word in COUNTED.items()}
        counts["nics"] = len(self.nics)
        return [counts[word] for word in ORDER]

    def links(self, end, known):
        found = {f"{nic} {ends[end]}" for nic, several in self.nics.items() for ends in several if ends[end] in known}
        return sorted(found)


def main(folder):
    answer = {}
    for project in sorted(path for path in pathlib.Path(folder).iterdir() if path.is_dir()):
        whole, files = Dump(), {}
        for path in sorted(project.iterdir()):
            alone = Dump()
            for resource in resources(json.loads(path.read_text(encoding="utf-8"))):
                alone.add(resource)
                whole.add(resource)
            files[path.name] = alone.counts()
        answer[project.name] = {
            **dict(zip(ORDER, whole.counts())),
            "nic_to_subnet": whole.links(0, whole.names["compute#subnetwork"]),
            "nic_to_network": whole.links(1, whole.networks),
            "nics_in_two_places": sorted(nic for nic, several in whole.nics.items() if len(several) > 1),
            "files": files,
        }
    # One line a file and link, so that a change is seen where it is.
    text = json.dumps(answer, indent=1, sort_keys=True)
    print(re.sub(r"\[\s+([0-9,\s]+?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m.group(1)) + "]", text))


if __name__ == "__main__":
    main(sys.argv[1])
