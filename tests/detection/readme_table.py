#!/usr/bin/env python3
"""Writes what matrix.py found, all its shards together, as a table into a Markdown file, between a
line <!-- detection: begin --> and a line <!-- detection: end -->."""
import argparse
import json
import pathlib
import sys

from matrix import summary

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from readme_part import NoPlace, row, write_part  # noqa: E402

COLUMNS = {"servers with a defect": "defective", "caught": "caught",
           "correct servers": "correct", "falsely accused": "falsely_accused"}


def table(counts):
    return "\n".join((row(COLUMNS), "|---" * len(COLUMNS) + "|",
                      row(str(counts[key]) for key in COLUMNS.values())))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=pathlib.Path, help="the Markdown file")
    parser.add_argument("matrix", type=pathlib.Path, nargs="+", help="what matrix.py --json wrote")
    options = parser.parse_args()
    rows = [entry for matrix in options.matrix for entry in json.loads(matrix.read_text())["rows"]]
    names = [entry["name"] for entry in rows]
    if len(set(names)) < len(names):
        parser.error(f"{len(names) - len(set(names))} servers are in more than one matrix")
    try:
        write_part(options.file, "detection", table(summary(rows)))
    except (NoPlace, OSError) as trouble:
        parser.error(str(trouble))


if __name__ == "__main__":
    main()
