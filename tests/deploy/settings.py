#!/usr/bin/env python3
"""Asks the programs whether they know the settings that a compose file or manifests give them.

usage: settings.py FILE PROGRAMS      what kustomize or compose printed; the folder with wenming-identity, …
"""
import pathlib
import subprocess
import sys

import yaml


def starts(objects):
    """(program, variables) of everything that is started."""
    for o in objects:
        for service in o.get("services", {}).values():
            command = service.get("command") or []
            if command and command[0].startswith("wenming"):
                yield command[0], service["environment"]
        if o.get("kind") in ("StatefulSet", "Job", "CronJob"):
            config_maps = {m["metadata"]["name"]: m["data"] for m in objects if m["kind"] == "ConfigMap"}
            job = o["spec"]["jobTemplate"]["spec"] if o["kind"] == "CronJob" else o["spec"]
            for container in job["template"]["spec"]["containers"]:
                variables = {}
                for source in container["envFrom"]:
                    variables |= config_maps[source["configMapRef"]["name"]]
                variables |= {one["name"]: one["value"] for one in container.get("env", [])}
                yield next(word for word in " ".join(container["args"]).split() if word.startswith("wenming")), variables


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    faults = {}
    objects = [o for o in yaml.safe_load_all(pathlib.Path(sys.argv[1]).read_text()) if o]
    for program, variables in starts(objects):
        settings = {key: str(value) for key, value in variables.items() if key.startswith("WENMING_")}
        check = subprocess.run([pathlib.Path(sys.argv[2], program), "config", "check"], env=settings, capture_output=True, text=True)
        if check.returncode != 0:
            faults.setdefault(check.stderr.strip(), set()).add(program)
    for fault, programs in faults.items():
        print(f"{', '.join(sorted(programs))}: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
