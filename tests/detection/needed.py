#!/usr/bin/env python3
"""Shows that each check is needed: that fixtures/servers/manifest.toml has a server which must fail it.
That it does fail is for matrix.py to show. A family of which no check is asked of any of the
servers is left out, and said to be."""
import argparse
import sys

from matrix import known_checks
from subjects import read_manifest


def demanded(manifest):
    """The checks that some server must fail."""
    programs = [entry for kind in manifest.values() for entry in kind]
    defects = [defect for program in programs for defect in program.get("defect", [])]
    return {check for defect in defects
            for check in (*defect["must_fail"], *defect.get("sanitized", []))}


def family(check):
    return check.partition("/")[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eagain", required=True, help="the program")
    catalogue = known_checks(parser.parse_args().eagain)
    must = demanded(read_manifest())
    families = {family(check) for check in must}
    known = {family(check) for check in catalogue}
    wrong = [f"{check}: no server must fail it" for check in catalogue
             if check not in must and family(check) in families]
    wrong += [f"{check}: a server must fail it, and there is no such check"
              for check in sorted(must) if check not in catalogue and family(check) in known]
    print("\n".join([*wrong, f"{len(catalogue)} checks, {len(wrong)} surprises",
                     *(f"left out: {name}" for name in sorted(known ^ families))]))
    return 1 if wrong or not catalogue else 0


if __name__ == "__main__":
    sys.exit(main())
