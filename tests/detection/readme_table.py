#!/usr/bin/env python3
"""Writes what matrix.py found, all its shards together, as a table into a Markdown file, between a
line <!-- detection: begin --> and a line <!-- detection: end -->."""
import argparse
import json
import pathlib
import re

from matrix import summary

PLACE = re.compile(r"(<!-- detection: begin -->\n).*?(<!-- detection: end -->)", re.DOTALL)
COLUMNS = {"servers with a defect": "defective", "caught": "caught",
           "correct servers": "correct", "falsely accused": "falsely_accused"}


def table(counts):
    return "\n".join(("| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|",
                      "| " + " | ".join(str(counts[key]) for key in COLUMNS.values()) + " |"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=pathlib.Path, help="the Markdown file")
    parser.add_argument("matrix", type=pathlib.Path, nargs="+", help="what matrix.py --json wrote")
    options = parser.parse_args()
    rows = [row for matrix in options.matrix for row in json.loads(matrix.read_text())["rows"]]
    names = [row["name"] for row in rows]
    if len(set(names)) < len(names):
        parser.error(f"{len(names) - len(set(names))} servers are in more than one matrix")
    text, places = PLACE.subn(lambda place: f"{place[1]}{table(summary(rows))}\n{place[2]}",
                              options.file.read_text())
    if places != 1:
        parser.error(f"{options.file} has {places} places for the table, and needs one: a line "
                     "<!-- detection: begin -->, and below it a line <!-- detection: end -->")
    options.file.write_text(text)


if __name__ == "__main__":
    main()
