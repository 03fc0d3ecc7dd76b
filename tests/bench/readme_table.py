#!/usr/bin/env python3
"""Writes what `eagain bench --report json=FILE` measured as a table into a Markdown file, between a line
<!-- bench: begin --> and a line <!-- bench: end -->: the round trips that each server makes with the same CPU time, as
a multiple of the baseline's, and its system calls for each."""
import argparse
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from readme_part import NoPlace, row, write_part  # noqa: E402

# Heading, kind of measure, clients, what of it, and its format.
COLUMNS = [("1 client, one core", "rate", 1, "cpu_ratio", ".2f"),
           ("50 clients", "rate", 50, "cpu_ratio", ".2f"),
           ("1,000 clients", "rate", 1000, "cpu_ratio", ".2f"),
           ("4 x 8 x 16 KiB", "throughput", 4, "cpu_ratio", ".2f"),
           ("calls a round trip, 1 client", "calls", 1, "calls_per_round_trip", ".1f"),
           ("50 clients", "calls", 50, "calls_per_round_trip", ".1f")]


def cell(measures, server, column):
    _, kind, clients, key, shape = column
    for measure in measures:
        if (measure["kind"], measure["clients"]) == (kind, clients):
            found = [entry for entry in measure["servers"] if entry["server"] == server and key in entry]
            return format(found[0][key]["median"], shape) if found else ""
    return ""


def against_itself(outcome):
    """How far two measurements of one server are apart."""
    control = next(measure for measure in outcome["measures"] if measure["kind"] == "control")
    ratio = control["servers"][-1]["cpu_ratio"]
    kernel = re.match(r"\w+ \d+\.\d+", outcome["kernel"])[0]
    return (f"Medians of {ratio['count']} pairs. `{outcome['baseline']}` against itself: {ratio['median']:.3f} "
            f"({ratio['low']:.3f} to {ratio['high']:.3f}); other programs used "
            f"{100 * outcome['used_by_others']:.0f} % of the machine ({kernel}).")


def table(outcome):
    lines = [row(["", *(column[0] for column in COLUMNS)]), "|---" * (len(COLUMNS) + 1) + "|"]
    for server in outcome["servers"]:
        if server["name"] != outcome["baseline"]:
            lines.append(row([f"`{server['name']}`",
                              *(cell(outcome["measures"], server["name"], column) for column in COLUMNS)]))
    return "\n".join([*lines, "", against_itself(outcome)])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=pathlib.Path, help="the Markdown file")
    parser.add_argument("outcome", type=pathlib.Path, help="what eagain bench wrote")
    options = parser.parse_args()
    try:
        write_part(options.file, "bench", table(json.loads(options.outcome.read_text())))
    except (NoPlace, OSError) as trouble:
        parser.error(str(trouble))


if __name__ == "__main__":
    main()
