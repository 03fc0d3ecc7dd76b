#!/usr/bin/env python3
"""Holds what is printed about each server with a defect, by the checks that it must fail, against a
golden file, so that whoever changes a message sees what students will read. Left out are the
pictures of bytes, all but the first steps, what the server wrote, and how to run it again. A golden
file has N for what no two runs need have in common (ports, times, large counts), and [...] for what
was not the same in all runs of --update."""
import argparse
import pathlib
import re
import subprocess
import sys
import textwrap

from matrix import known_strategies
from subjects import add_choice, chosen, read_manifest

GOLDEN = pathlib.Path(__file__).with_name("golden")
ANYTHING = "[...]"
INDENT = " " * 12
HEADING = re.compile(r"(FAIL|TIMEOUT|ADVICE) (\S+)(.*)")
LABELLED = re.compile(r"  (required|why|steps|expected|actual|fault|server|again|more) {2,}(.*)")
PICTURE = re.compile(r" {4,}(expected|actual)? *[0-9a-f]{8}  .*|[ ^]*\^")
LEFT_OUT = ("again", "more")
STEPS = 4  # the first; how many follow is a matter of chance
IN_LINES = ("steps", "server")  # the others are paragraphs
VARIES = [
    (re.compile(r"\bport \d+"), "port N"),
    (re.compile(r"\bclient \d+"), "client N"),  # which of them meets a defect first is chance
    (re.compile(r"\b(pid|process|thread|descriptor|fd) \d+"), r"\1 N"),
    (re.compile(r"\b\d[\d,.]* ?(ms|s|%|KiB|MiB)(?!\w)"), r"N \1"),
    (re.compile(r"\b\d{1,3}(,\d{3})+\b|(?<![\d.])\d+\.\d+(?![\d.])|\b\d{4,}\b|\b0x[0-9a-f]+\b"), "N"),
    (re.compile(r': "[^"]*"\.\.\.'), ""),
    (re.compile(r'(it printed: ").*"', re.DOTALL), rf'\1{ANYTHING}"'),
    (re.compile(r"(closed|reset) the connection \((FIN|RST)\)"), "closed or reset the connection"),
    (re.compile(r"(?<!\w)/\S+/"), ""),
    (re.compile(r"\b\d+ times\b( of \d+)?"), "N times"),
    (re.compile(r"(seen in|KiB echoed to each client): .*", re.DOTALL), rf"\1: {ANYTHING}"),
    (re.compile(r'\d+ bytes came, (with other .*?): "[^"]*"(?=.*the last fault)'), r"bytes came, \1"),
    (re.compile(r"sleeps in .* others"), f"sleeps in {ANYTHING}"),
    (re.compile(r".*(?=the server has ended)", re.DOTALL), ""),  # which call met the end is chance
]


def rows_of(report):
    """(check, label) -> the text of that row, however its lines were broken. Of several faults the first."""
    rows, key = {}, None
    for line in report.splitlines():
        heading, labelled = HEADING.fullmatch(line), LABELLED.fullmatch(line)
        if heading:
            key = (heading[2], "")
            rows[key] = line.replace("TIMEOUT", "FAIL", 1)  # which of them is a matter of the machine
        elif key is None or PICTURE.fullmatch(line):
            continue
        elif labelled:
            key = (key[0], labelled[1])
            if key in rows:
                key = (key[0], "again")
            rows[key] = labelled[2]
        elif line.startswith(INDENT):
            rows[key] += ("\n" if key[1] in IN_LINES else " ") + line[len(INDENT):].strip()
        elif line:
            break  # what follows sums up
    return {key: text for key, text in rows.items() if key[1] not in LEFT_OUT}


def without_variation(rows):
    for (check, label), text in rows.items():
        if label not in ("", "required", "why"):
            for pattern, instead in VARIES:
                text = pattern.sub(instead, text)
        ended = "the server has ended" in rows.get((check, "actual"), "")
        if ended and label == "expected" and re.match(r"client \S+ (receives|connects)|the server takes", text):
            text = ANYTHING  # what it was asked for when it had ended already
        if label == "server":
            text = text.partition("\n")[0]
        if label == "steps":
            steps = text.split("\n")
            kept = 2 if ended else STEPS
            text = "\n".join([*steps[:kept], ANYTHING] if len(steps) > kept else steps)
        yield (check, label), text


def read_report(subject, options):
    words = [options.eagain, "check"]
    for check in subject.must_fail:
        words += ["--only", check]
    if subject.strategy in options.strategies:
        words += ["--strategy", subject.strategy]
    run = subprocess.run([*words, "--", *subject.command], stdin=subprocess.DEVNULL,
                         capture_output=True, check=False)
    return dict(without_variation(rows_of(run.stdout.decode(errors="replace"))))


def layout(rows):
    """As the terminal has it; rows_of() reads it again."""
    lines = []
    for (_, label), text in rows.items():
        if not label:
            lines += ["", text]
        elif label in IN_LINES:
            lines += [f"{'  ' + label if i == 0 else '':<12}{line}" for i, line in enumerate(text.split("\n"))]
        else:
            lines += textwrap.wrap(text, 100, initial_indent=f"  {label:<10}", subsequent_indent=INDENT,
                                   break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines[1:]) + "\n"


def common(one, other):
    """What two texts have in common, with [...] for the rest."""
    ones, others = (re.findall(r"\S+|\s+", text) for text in (one, other))
    if len(ones) == len(others):
        return "".join(a if a == b else ANYTHING for a, b in zip(ones, others))
    shorter = min(len(ones), len(others))
    head = next((i for i in range(shorter) if ones[i] != others[i]), shorter)
    tail = next((i for i in range(shorter - head) if ones[-1 - i] != others[-1 - i]), shorter - head)
    return "".join([*ones[:head], ANYTHING, *ones[len(ones) - tail:]])


def widened(rows, others):
    keys = [*rows, *(key for key in others if key not in rows)]
    return {key: common(rows.get(key, ""), others.get(key, "")) for key in keys}


def is_like(text, golden):
    return re.fullmatch(".*".join(map(re.escape, golden.split(ANYTHING))), text, re.DOTALL)


def only_referred(*reports):
    """The checks of which one of the reports says only that the server died as in another check."""
    return {check for rows in reports for (check, label), text in rows.items()
            if label == "actual" and "the server ended as in " in text}


def differences(rows, golden):
    referred = only_referred(rows, golden)
    for check, label in [*golden, *(key for key in rows if key not in golden)]:
        if check in referred and label not in ("", "required"):
            continue
        text, wanted = rows.get((check, label), ""), golden.get((check, label), "")
        if not is_like(text, wanted):
            yield f"{check}: {label or 'heading'}\n    golden: {wanted!r}\n    now:    {text!r}"


def compare(subject, options):
    path = GOLDEN / f"{subject.name}.txt"
    golden = rows_of(path.read_text()) if path.exists() else {}
    return list(differences(read_report(subject, options), golden))


def update(subject, options):
    path = GOLDEN / f"{subject.name}.txt"
    rows = rows_of(path.read_text()) if options.widen and path.exists() else read_report(subject, options)
    for _ in range(options.times):
        rows = widened(rows, read_report(subject, options))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(layout(rows))
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choice(parser)
    parser.add_argument("--eagain", required=True, help="the program")
    parser.add_argument("--update", action="store_true", help="make the files anew")
    parser.add_argument("--widen", action="store_true",
                        help="with --update: put [...] where runs now differ from the files")
    parser.add_argument("--times", type=int, default=3, help="with --update: runs to compare")
    options = parser.parse_args()
    options.strategies = known_strategies(options.eagain)
    subjects = [subject for subject in chosen(read_manifest(), options.build, only=options.only, skip=options.skip)
                if subject.must_fail]
    if not subjects:
        parser.error(f"no subject with a defect is like {options.only}")
    wrong = 0
    for subject in subjects:
        found = (update if options.update else compare)(subject, options)
        print(f"{'WRONG' if found else 'ok   '} {subject.name}", *found, sep="\n  " if found else "", flush=True)
        wrong += bool(found)
    print(f"{len(subjects)} reports, {wrong} unlike their golden file")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
