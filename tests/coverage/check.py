#!/usr/bin/env python3
"""Holds what gcovr measured (its --json) to the bounds, and what was not reached to exceptions.toml:
a line or branch that is not named there fails, and so does a name without its line or branch.

An entry names a place by file and source text, so that it stays true when lines move."""
import collections
import json
import pathlib
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
LEAST_LINES = 98.0
LEAST_BRANCHES = 90.0


class Tally:
    """How many there are, and how many were reached."""

    def __init__(self):
        self.all = self.reached = 0

    def count(self, reached):
        self.all += 1
        self.reached += reached

    def percent(self):
        return 100.0 * self.reached / self.all if self.all else 0.0

    def __str__(self):
        return f"{self.percent():.1f} % ({self.reached} of {self.all})"


def measured(report):
    """Both tallies, and the unreached places, (file, "line" or "branch", source text), each with its
    line numbers."""
    lines, branches, unreached = Tally(), Tally(), collections.defaultdict(list)
    for file in report["files"]:
        path = (SOURCE / file["file"]).resolve()  # headers are found through links
        name = str(path.relative_to(SOURCE))
        source = path.read_text().splitlines()
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            number, text = line["line_number"], source[line["line_number"] - 1].strip()
            lines.count(line["count"] > 0)
            if line["count"] == 0:
                unreached[name, "line", text].append(number)
                continue
            taken = [branch["count"] > 0 for branch in line["branches"]]
            for one in taken:
                branches.count(one)
            if not all(taken):
                unreached[name, "branch", text].append(number)
    return lines, branches, unreached


def excepted(path):
    """What may be unreached, with how many times each; and which of it is reached by chance."""
    allowed, by_chance = collections.Counter(), set()
    for entry in tomllib.loads(path.read_text()).get("unreached", []):
        missing = {"file", "what", "text", "reason"} - entry.keys()
        if missing or entry["what"] not in ("line", "branch"):
            sys.exit(f"coverage: {path.name}: wrong entry {entry}: missing {sorted(missing)}")
        place = entry["file"], entry["what"], entry["text"]
        allowed[place] += entry.get("times", 1)
        if entry.get("by_chance"):
            by_chance.add(place)
    return allowed, by_chance


def complaints(lines, branches, unreached, allowed, by_chance):
    """Everything that is wrong, a sentence each."""
    if not lines.all or not branches.all:
        yield "nothing was measured"
    if lines.percent() < LEAST_LINES:
        yield f"lines: {lines}, at least {LEAST_LINES} % are wanted"
    if branches.percent() < LEAST_BRANCHES:
        yield f"branches: {branches}, at least {LEAST_BRANCHES} % are wanted"
    for place in sorted(unreached.keys() | allowed.keys()):
        file, what, text = place
        found, named = unreached.get(place, []), allowed[place]
        if len(found) > named:
            where = ", ".join(f"{file}:{number}" for number in found)
            yield f"{where}: {what} not reached: test it, or name it with the reason: {text}"
        elif len(found) < named and place not in by_chance:
            yield f"{file}: {what} is reached, so take it out of exceptions.toml: {text}"


def main():
    report = json.loads(pathlib.Path(sys.argv[1]).read_text())
    lines, branches, unreached = measured(report)
    wrong = list(complaints(lines, branches, unreached, *excepted(HERE / "exceptions.toml")))
    for sentence in wrong:
        print(f"coverage: {sentence}", file=sys.stderr)
    print(f"coverage of src/net and src/servers: lines {lines}, branches {branches}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
