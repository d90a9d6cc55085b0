#!/usr/bin/env python3
"""What schemas do not see in manifests for Kubernetes: names that belong together, and what every pod must keep to.

usage: manifests.py FILE      what kustomize printed
"""
import pathlib
import sys

import yaml

SECRETS = {"postgres", "postgres-backup", "admin", "tls", "files", "keys"}  # made by hand: docs/how-to/install-city.md


def pods(objects):
    for o in objects:
        if o["kind"] in ("StatefulSet", "Job"):
            yield o["metadata"]["name"], o["spec"]["template"]
        if o["kind"] == "CronJob":
            yield o["metadata"]["name"], o["spec"]["jobTemplate"]["spec"]["template"]


def fits(selector, labels):
    for one in selector.get("matchExpressions", []):
        if one["operator"] != "NotIn":
            raise ValueError(f"cannot judge {one}")
        if labels.get(one["key"]) in one["values"]:
            return False
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def of_pod(name, template, config_maps, claims):
    spec = template["spec"]
    for key, value in (("automountServiceAccountToken", False), ("enableServiceLinks", False)):
        if spec.get(key) is not value:
            yield f"{name}: {key} is not {value}"
    if not spec["securityContext"].get("runAsNonRoot") or spec["securityContext"]["seccompProfile"]["type"] != "RuntimeDefault":
        yield f"{name}: may run as root, or without seccomp"
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    for volume in volumes.values():
        if "secret" in volume and volume["secret"]["secretName"] not in SECRETS:
            yield f"{name}: nobody makes the secret {volume['secret']['secretName']}"
        if "persistentVolumeClaim" in volume and volume["persistentVolumeClaim"]["claimName"] not in claims:
            yield f"{name}: no claim {volume['persistentVolumeClaim']['claimName']}"
    for container in spec["containers"]:
        security = container["securityContext"]
        if security.get("allowPrivilegeEscalation") is not False or not security.get("readOnlyRootFilesystem") or security["capabilities"] != {"drop": ["ALL"]}:
            yield f"{name}: a container may do more than it needs"
        if "command" in container:
            yield f"{name}: `command` would leave out the image's entrypoint; write `args`"
        if "memory" not in container["resources"]["limits"] or "cpu" not in container["resources"]["requests"]:
            yield f"{name}: no resources"
        for mount in container["volumeMounts"]:
            if mount["name"] not in volumes:
                yield f"{name}: no volume {mount['name']}"
        for source in container["envFrom"]:
            if source["configMapRef"]["name"] not in config_maps:
                yield f"{name}: no ConfigMap {source['configMapRef']['name']}"
        for variable in container.get("env", []):
            if "value" in variable and ("PASSWORD" in variable["name"] or "SECRET" in variable["name"]) and not variable["name"].endswith("_FILE"):
                yield f"{name}: {variable['name']} holds a secret"


def of_set(o, objects):
    name, template = o["metadata"]["name"], o["spec"]["template"]
    if not any(s["kind"] == "Service" and s["metadata"]["name"] == o["spec"]["serviceName"] and s["spec"].get("clusterIP") == "None" for s in objects):
        yield f"{name}: no headless Service gives its pods their names"
    if not any(p["kind"] == "PodDisruptionBudget" and fits(p["spec"]["selector"], template["metadata"]["labels"]) for p in objects):
        yield f"{name}: no PodDisruptionBudget"
    drain = 30  # http.drain_seconds
    before = int(template["spec"]["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    if template["spec"]["terminationGracePeriodSeconds"] <= drain + before:
        yield f"{name}: is killed before it has drained"
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        if probe not in template["spec"]["containers"][0]:
            yield f"{name}: no {probe}"


def faults_of(objects):
    config_maps = {o["metadata"]["name"] for o in objects if o["kind"] == "ConfigMap"}
    claims = {o["metadata"]["name"] for o in objects if o["kind"] == "PersistentVolumeClaim"}
    for name, template in pods(objects):
        yield from of_pod(name, template, config_maps, claims)
    sets = [o for o in objects if o["kind"] == "StatefulSet"]
    if len(sets) != 6:
        yield f"{len(sets)} services"
    for o in sets:
        yield from of_set(o, objects)
    for o in objects:
        labels = {key: template["metadata"]["labels"] for key, template in pods(objects)}
        if o["kind"] == "Service":
            hit = [key for key, have in labels.items() if fits({"matchLabels": o["spec"]["selector"]}, have)]
            if hit != [o["metadata"]["name"].removesuffix("-pods")]:
                yield f"Service {o['metadata']['name']} leads to {hit}"
        if o["kind"] == "HorizontalPodAutoscaler" and o["spec"]["scaleTargetRef"]["name"] not in {s["metadata"]["name"] for s in sets}:
            yield f"HorizontalPodAutoscaler {o['metadata']['name']} scales nothing"
    policies = [o["spec"] for o in objects if o["kind"] == "NetworkPolicy"]
    peers = [peer for p in policies for rule in p.get("ingress", []) + p.get("egress", []) for peer in rule.get("from", []) + rule.get("to", [])]
    if any("namespaceSelector" in peer and "app.kubernetes.io/name" in peer.get("podSelector", {}).get("matchLabels", {}) for peer in peers):
        yield "a NetworkPolicy looks for pods of Wenming in other namespaces"
    if {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} not in policies:
        yield "nothing denies what no policy allows"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    faults = list(faults_of([o for o in yaml.safe_load_all(pathlib.Path(sys.argv[1]).read_text()) if o]))
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
