#!/usr/bin/env python3
"""Shows that every fixture is what fixtures/servers/manifest.toml says: a correct one does all that
is asked, and one with a defect fails every check that must fail by it. The asking is done by the
proofs beside this file, not by the suite, which is to be judged by these fixtures."""
import argparse
import resource
import subprocess
import sys
import time

from proofs import PROOFS, applies
from proofs.server import Server
from subjects import add_choice, chosen, read_manifest, replaced

PATIENCE_FOR_CORRECT = 30  # seconds until a reply counts as missing
PATIENCE_FOR_DEFECT = 3


def wanted(subject):
    """The proofs that tell: of a correct server all, of another one those that it must fail."""
    if not subject.correct:
        return [check for check in subject.must_fail if check in PROOFS]
    return [check for check in PROOFS
            if applies(check, subject.strategy) and not subject.excused(check)]


def outcome(subject, check):
    """Nothing, or what went wrong."""
    patience = PATIENCE_FOR_CORRECT if subject.correct else PATIENCE_FOR_DEFECT
    server = None
    try:
        server = Server(subject.command, patience)
        PROOFS[check](server)
        return None
    except (AssertionError, OSError) as error:
        return str(error) or type(error).__name__
    finally:
        if server:
            server.close()


def prove(subject, everything):
    """The lines that say what is not as it should be."""
    wrong = []
    for check in PROOFS if everything else wanted(subject):
        start = time.monotonic()
        seen = outcome(subject, check)
        took = time.monotonic() - start
        expected = check in subject.must_fail
        surprise = bool(seen) != expected and not subject.excused(check)
        print(f"  {'WRONG ' if surprise else ''}{check} ({took:.1f} s): {seen or 'as it should be'}",
              flush=True)
        if surprise or (expected and not seen):
            wrong.append(f"{subject.name}: {check}: {seen or 'its defect does not show'}")
    return wrong


def undeclared(manifest, build):
    """What the manifest says of a family's defects and strategies, and the program does not."""
    for family in manifest["family"]:
        if "defect" not in family:
            continue
        program = replaced(family["command"], build=build)[0]
        listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
        known = {(line.split()[0], strategy) for line in listed.stdout.splitlines()
                 for strategy in line.split()[1:]}
        said = {(defect["name"], strategy) for defect in family["defect"]
                for strategy in defect["strategies"]}
        said |= {("none", strategy) for strategy in family["strategies"]}
        for name, strategy in sorted(known ^ said):
            where = "program" if (name, strategy) in known else "manifest"
            yield f"{family['name']}: {strategy} with {name} is known only to the {where}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choice(parser)
    parser.add_argument("--every-proof", action="store_true",
                        help="all proofs, not only those that must tell")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    manifest = read_manifest()
    wrong = list(undeclared(manifest, options.build))
    subjects = chosen(manifest, options.build, only=options.only, skip=options.skip,
                      every_strategy=options.every_strategy)
    if not subjects:
        parser.error(f"no subject is like {options.only}")
    for subject in subjects:
        print(subject.name, flush=True)
        wrong += prove(subject, options.every_proof)
    print("\n".join(["", *wrong, f"{len(subjects)} subjects, {len(wrong)} surprises"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
