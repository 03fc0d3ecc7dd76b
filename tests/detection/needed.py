#!/usr/bin/env python3
"""Shows that each check is needed: that fixtures/servers/manifest.toml has a server which must fail it, or
fixtures/clients/manifest.toml a client.
That it does fail is for matrix.py to show. A family of which no check is asked of any of the
servers is left out, and said to be."""
import argparse
import sys

from matrix import family_of, known_checks
from subjects import CLIENTS, SOURCE, read_manifest


def demanded():
    """The checks that some server, or client, must fail."""
    programs = [entry for folder in (SOURCE, CLIENTS)
                for kind in read_manifest(folder).values() for entry in kind]
    defects = [defect for program in programs for defect in program.get("defect", [])]
    return {check for defect in defects
            for check in (*defect["must_fail"], *defect.get("sanitized", []))}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eagain", required=True, help="the program")
    catalogue = known_checks(parser.parse_args().eagain)
    must = demanded()
    families = {family_of(check) for check in must}
    known = {family_of(check) for check in catalogue}
    wrong = [f"{check}: no server must fail it" for check in catalogue
             if check not in must and family_of(check) in families]
    wrong += [f"{check}: a server must fail it, and there is no such check"
              for check in sorted(must) if check not in catalogue and family_of(check) in known]
    print("\n".join([*wrong, f"{len(catalogue)} checks, {len(wrong)} surprises",
                     *(f"left out: {name}" for name in sorted(known ^ families))]))
    return 1 if wrong or not catalogue else 0


if __name__ == "__main__":
    sys.exit(main())
