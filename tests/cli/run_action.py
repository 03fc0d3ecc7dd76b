"""Runs the steps of a composite action as GitHub does: run_action.py ACTION.YML [INPUT=VALUE...]

An input that is not given has its default; what is no input of the action is refused, and so is an expression that
is neither an input nor the action's repository, which is owner/eagain here.
"""
import os
import pathlib
import re
import subprocess
import sys

import yaml

path = pathlib.Path(sys.argv[1])
action = yaml.safe_load(path.read_text())
given = dict(word.split("=", 1) for word in sys.argv[2:])
assert given.keys() <= action["inputs"].keys(), given
known = {"github.action_repository": "owner/eagain"}
for name, its in action["inputs"].items():
    assert name in given or not its.get("required"), f"{name} is required"
    known[f"inputs.{name}"] = given.get(name, its.get("default", ""))


def expanded(text):
    return re.sub(r"\$\{\{\s*([\w.]+)\s*\}\}", lambda match: known[match[1]], text)


for step in action["runs"]["steps"]:
    variables = {name: expanded(value) for name, value in step.get("env", {}).items()}
    assert step["shell"] == "bash", step
    step_status = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", expanded(step["run"])],
        env={**os.environ, "GITHUB_ACTION_PATH": str(path.parent), **variables}, check=False).returncode
    if step_status:
        sys.exit(step_status)
