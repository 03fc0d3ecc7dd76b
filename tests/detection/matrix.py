#!/usr/bin/env python3
"""Judges every fixture with the suite and holds the verdicts against what
fixtures/servers/manifest.toml (or, with --role client, fixtures/clients/manifest.toml) says: all checks fail that
must, and none outside of must and may. With --every-strategy a defect is judged by the whole catalogue in its first
strategy, and in the others by the checks that must fail; so is one that may fail everything.
Prints the matrix of fixtures and checks; --json and --html keep it. A defect that shows in a build with
sanitizers is judged with that build as well."""
import argparse
import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from heat_map import render
from subjects import add_choice, chosen, every_client, like, read_manifest

FAILED = ("fail", "timeout")


# What a server is watched in by each memory check, where there is no time for all.
SITUATIONS = {"memory/race": "concurrency/many-clients"}
USUAL_SITUATION = "echo"
# Where only what must fail is asked nobody is wronged by less patience. The gate has all of it.
LESS_PATIENCE = ["--timeout-scale", "0.5"]
# The memory check that a correct server is judged by with each tool.
WATCHED_BY = {"address": "memory/address", "thread": "memory/race", "valgrind": None}


def situations(memory_checks):
    return sorted({SITUATIONS.get(check, USUAL_SITUATION) for check in memory_checks})


def watching(subject, options):
    """The words that have the server's memory watched."""
    if options.memory == "valgrind":
        return ["--valgrind"]
    check = WATCHED_BY[options.memory] if options.memory else (subject.memory or [None])[0]
    return subject.watching(check)


def must_fail(subject, options):
    """The checks that must, of those that are asked."""
    if options.memory:
        return [] if subject.correct else subject.memory
    return subject.must_fail + (subject.memory if watching(subject, options) else [])


def is_brief(subject, options):
    """Whether only the checks that must fail are asked: the rest says nothing of one that may fail everything."""
    if subject.correct or options.whole:
        return False
    return options.quick or subject.further or "*" in subject.may_fail


def only(subject, options):
    """What is asked; nothing: everything."""
    if options.memory:
        return ["memory", *(situations(WATCHED_BY.values()) if options.quick else [])]
    if not is_brief(subject, options):
        return []
    memory = must_fail(subject, options)[len(subject.must_fail):]
    return subject.must_fail + memory + situations(memory)


def command_of(eagain, subject, options, report):
    words = [eagain, "check", "--role", options.role, "--report", f"json={report}",
             "--repeat", str(options.repeat), *options.check_option, *watching(subject, options)]
    if is_brief(subject, options) and not options.quick:
        words += LESS_PATIENCE
    for pattern in only(subject, options):
        words += ["--only", pattern]
    if subject.strategy in options.strategies:
        words += ["--strategy", subject.strategy]
    return [*words, "--", *subject.command]


def verdicts_of(report):
    """The checks of a run that came to its end; else why there are none."""
    return (None, "the run was cut short") if report["interrupted"] else (report["checks"], "")


def judge(subject, options):
    """The suite's verdicts: the checks of its report; nothing, and why, where there is none."""
    with tempfile.TemporaryDirectory(prefix="eagain-matrix-") as folder:
        report = pathlib.Path(folder) / "report.json"
        run = subprocess.run(command_of(options.eagain, subject, options, report),
                             stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if not report.exists():
            return None, run.stderr.decode(errors="replace")
        return verdicts_of(json.loads(report.read_text()))


def surprises(subject, checks, must):
    """What the verdicts say that the manifest does not, and the other way round."""
    verdicts = {check["id"]: check for check in checks}
    for check in checks:
        name, verdict = check["id"], check["verdict"]
        if verdict == "error":
            yield f"{name}: the harness failed: {check['actual']}"
        if name in must or subject.excused(name):
            continue
        if verdict in FAILED:
            yield f"{name}: accused although it may not be: {check['actual']}"
        elif check.get("flaky"):
            yield f"{name}: not always the same: {' '.join(check['runs'])}"
    for name in must:
        check = verdicts.get(name)
        if check is None:
            yield f"{name}: must fail, and there is no such check"
        elif check["verdict"] not in FAILED:
            yield f"{name}: must fail, and ended in {check.get('skip_kind') or check['verdict']}"


def known_strategies(eagain):
    listed = subprocess.run([eagain, "list", "strategies"], capture_output=True, text=True, check=True)
    return {line.split()[0] for line in listed.stdout.splitlines() if line[:1].strip()}


def known_checks(eagain):
    listed = subprocess.run([eagain, "list", "checks"], capture_output=True, text=True, check=True)
    return [word for line in listed.stdout.splitlines() for word in line.split()[:1] if "/" in word]


def family_of(check):
    return check.partition("/")[0]


def judged(options):
    """The subjects that are asked for."""
    if options.role == "client":
        return like(every_client(options.build, options.eagain), options.only, options.skip)
    return chosen(read_manifest(), options.build, eagain=options.eagain, only=options.only, skip=options.skip,
                  every_strategy=options.every_strategy)


def asked_for(options):
    return [subject for subject in judged(options)
            if (subject.correct or not options.correct) and (must_fail(subject, options) or not subject.further)]


def in_order(subjects, options):
    """As they are judged: those first that take long. Otherwise mixed, and always in the same way: neighbours are
    alike, and those that spin would take the processor from each other."""
    mixed = random.Random(0).sample(subjects, len(subjects))
    return sorted(mixed, key=lambda subject: is_brief(subject, options))


@contextlib.contextmanager
def load():
    """Keeps every core busy meanwhile; whoever ends this ends that too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    hogs = subprocess.Popen(["stress-ng", "--quiet", "--cpu", str(os.cpu_count())], stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        hogs.terminate()
        hogs.wait()


def row(subject, checks, must, wrong, seconds):
    return {"name": subject.name, "strategy": subject.strategy, "correct": subject.correct,
            "defect": subject.summary, "unseen": subject.unseen, "must_fail": must,
            "may_fail": subject.may_fail, "surprises": wrong, "seconds": round(seconds, 1),
            "verdicts": {check["id"]: {"verdict": check["verdict"], "actual": check["actual"]}
                         for check in checks}}


def run(subject, options):
    start = time.monotonic()
    checks, trouble = judge(subject, options)
    must = must_fail(subject, options)
    wrong = list(surprises(subject, checks, must)) if checks is not None else [f"no verdicts: {trouble}"]
    result = row(subject, checks or [], must, wrong, time.monotonic() - start)
    failed = [name for name, entry in result["verdicts"].items() if entry["verdict"] in FAILED]
    lines = [f"{'WRONG' if wrong else 'ok   '} {subject.name} ({result['seconds']} s): "
             f"{' '.join(failed) or 'nothing fails'}", *(f"      {line}" for line in wrong)]
    print("\n".join(lines), flush=True)
    return result


def summary(rows):
    defective = [entry for entry in rows if not entry["correct"] and entry["must_fail"]]
    correct = [entry for entry in rows if entry["correct"]]
    caught = [entry for entry in defective if entry["verdicts"]
              and not any("must fail" in line for line in entry["surprises"])]
    accused = [entry for entry in rows if any("accused" in line for line in entry["surprises"])]
    return {"defective": len(defective), "caught": len(caught), "correct": len(correct),
            "falsely_accused": sum(entry["correct"] for entry in accused),
            "surprises": sum(len(entry["surprises"]) for entry in rows)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choice(parser)
    parser.add_argument("--eagain", required=True, help="the program")
    parser.add_argument("--role", choices=("server", "client"), default="server", help="what is judged")
    parser.add_argument("--quick", action="store_true",
                        help="of a server with a defect, only the checks that must fail")
    parser.add_argument("--correct", action="store_true", help="only the correct ones")
    parser.add_argument("--whole", action="store_true", help="each by the whole catalogue")
    parser.add_argument("--repeat", type=int, default=1, help="every check so often: the verdicts are to be the same")
    parser.add_argument("--load", action="store_true", help="beside stress-ng, which keeps every core busy")
    parser.add_argument("--shard", default="1/1", help="I/N: every N-th subject, from the I-th on")
    parser.add_argument("--memory", choices=WATCHED_BY, default="",
                        help="only the memory checks, with this tool")
    parser.add_argument("--at-once", type=int, default=1, help="so many subjects are judged side by side: checks wait "
                        "more than they work (default: %(default)s)")
    parser.add_argument("--check-option", action="append", default=[], help="goes to eagain check")
    parser.add_argument("--json", help="the matrix as JSON, to this file")
    parser.add_argument("--html", help="the matrix as a heat map, to this file")
    options = parser.parse_args()
    options.strategies = known_strategies(options.eagain)
    index, count = map(int, options.shard.split("/"))
    subjects = in_order(asked_for(options), options)[index - 1::count]
    if not subjects:
        parser.error(f"no subject is like {options.only}")
    with load() if options.load else contextlib.nullcontext(), ThreadPoolExecutor(options.at_once) as several:
        rows = list(several.map(lambda subject: run(subject, options), subjects))
    checks = [check for check in known_checks(options.eagain)
              if (family_of(check) == "client") == (options.role == "client")]
    matrix = {"checks": checks, "rows": rows, "summary": summary(rows)}
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(matrix, indent=1) + "\n")
    if options.html:
        pathlib.Path(options.html).write_text(render(matrix))
    print("\n" + ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in matrix["summary"].items()))
    return 1 if matrix["summary"]["surprises"] else 0


if __name__ == "__main__":
    sys.exit(main())
