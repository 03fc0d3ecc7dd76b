#!/usr/bin/env python3
"""Shows that every fixture is what fixtures/servers/manifest.toml says: a correct one does all that
is asked, and one with a defect fails every check that must fail by it. The asking is done by the
proofs beside this file, not by the suite, which is to be judged by these fixtures."""
import argparse
import fnmatch
import pathlib
import resource
import subprocess
import sys
import time
import tomllib

from proofs import PROOFS, applies
from proofs.server import Server

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "servers"
PATIENCE_FOR_CORRECT = 30  # seconds until a reply counts as missing
PATIENCE_FOR_DEFECT = 3


class Subject:
    """One server: the program, the strategy that it follows, what must and what may fail."""

    def __init__(self, name, strategy, command, must_fail, may_fail, correct):
        self.name, self.strategy, self.command = name, strategy, command
        self.must_fail, self.may_fail, self.correct = must_fail, may_fail, correct

    def wanted(self):
        """The proofs that tell: of a correct server all, of another one those that it must fail."""
        if not self.correct:
            return [check for check in self.must_fail if check in PROOFS]
        return [check for check in PROOFS
                if applies(check, self.strategy) and not self.excused(check)]

    def excused(self, check):
        return any(fnmatch.fnmatch(check, pattern) for pattern in self.may_fail)


def replaced(command, **values):
    for name, value in values.items():
        command = [word.replace("{" + name + "}", str(value)) for word in command]
    return command


def servers(manifest, build):
    for server in manifest["server"]:
        defects = server.get("defect", [])
        may_fail = [entry["check"] for entry in server.get("may_fail", [])]
        must_fail = [check for defect in defects for check in defect["must_fail"]]
        may_fail += [pattern for defect in defects for pattern in defect["may_fail"]]
        command = replaced(server["command"], source=SOURCE, build=build)
        yield Subject(server["name"], server["strategy"], command, must_fail, may_fail, not defects)


def families(manifest, build, every_strategy):
    for family in manifest["family"]:
        def command(strategy, defect):
            return replaced(family["command"], build=build, strategy=strategy, defect=defect)

        for strategy in family["strategies"]:
            by_design = [pattern for entry in family["by_design"] if entry["strategy"] == strategy
                         for pattern in entry["may_fail"]]
            yield Subject(f"{family['name']}/{strategy}", strategy, command(strategy, "none"), [],
                          by_design, True)
        for defect in family["defect"]:
            for strategy in defect["strategies"][: None if every_strategy else 1]:
                yield Subject(f"{family['name']}/{strategy}/{defect['name']}", strategy,
                              command(strategy, defect["name"]), defect["must_fail"],
                              defect["may_fail"], False)


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
    for check in PROOFS if everything else subject.wanted():
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
    parser.add_argument("--build", required=True, help="the folder that the fixtures are built to")
    parser.add_argument("--only", default="*", help="the subjects whose name is like this")
    parser.add_argument("--skip", default="", help="and not like this")
    parser.add_argument("--every-strategy", action="store_true",
                        help="each defect in all of its strategies, not only in the first")
    parser.add_argument("--every-proof", action="store_true",
                        help="all proofs, not only those that must tell")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    with open(SOURCE / "manifest.toml", "rb") as file:
        manifest = tomllib.load(file)
    wrong = list(undeclared(manifest, options.build))
    subjects = [subject for subject in (*servers(manifest, options.build),
                                        *families(manifest, options.build, options.every_strategy))
                if fnmatch.fnmatch(subject.name, options.only)
                and not fnmatch.fnmatch(subject.name, options.skip)]
    if not subjects:
        parser.error(f"no subject is like {options.only}")
    for subject in subjects:
        print(subject.name, flush=True)
        wrong += prove(subject, options.every_proof)
    print("\n".join(["", *wrong, f"{len(subjects)} subjects, {len(wrong)} surprises"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
