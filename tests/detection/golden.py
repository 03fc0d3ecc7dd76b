#!/usr/bin/env python3
"""Holds what is printed about each server (or, with --role client, client) with a defect, by the
checks that it must fail, against a golden file, so that whoever changes a message sees what students
will read. Left out are the pictures of bytes, all but the first steps, what the program wrote, and
how to run it again. A golden file has N for what no two runs need have in common (ports, times, large
counts), and [...] for what was not the same in all runs of --update. One that fails nothing but memory
checks is judged with its build with sanitizers."""
import argparse
import itertools
import pathlib
import re
import subprocess
import sys
import textwrap

from matrix import judged, known_strategies, situations
from subjects import add_choice

GOLDEN = pathlib.Path(__file__).with_name("golden")
ANYTHING = "[...]"
INDENT = " " * 12
HEADING = re.compile(r"(FAIL|TIMEOUT|ADVICE) ([^\s:]+)(.*)")
LABELLED = re.compile(r"  (required|why|steps|expected|actual|fault|server|client|again|more) {2,}(.*)")
PICTURE = re.compile(r" {4,}(expected|actual)? *[0-9a-f]{8}  .*|[ ^]*\^")
LEFT_OUT = ("again", "more")
STEPS = 4  # the first; how many follow is a matter of chance
PROGRAM = ("server", "client")  # how it ended, and what it wrote
IN_LINES = ("steps", *PROGRAM)  # the others are paragraphs
FRAME = re.compile(r" +#\d+ ")
OWN_FRAME = re.compile(r"( +)#\d+ .* (\w+\.cc:N)")
ASKED = re.compile(r"client \S+ (receives|connects|connection stays)|the server takes")
VARIES = [
    (re.compile(r"\bport \d+"), "port N"),
    (re.compile(r"\bclient \d+"), "client N"),  # which of them meets a defect first is chance
    (re.compile(r"\b(pid|process|thread|thread T|descriptor|fd|line) ?\d+"), r"\1 N"),
    (re.compile(r"\bprocesses \d+(, \d+)*"), "processes N"),
    (re.compile(r"(\.\w+):\d+\b"), r"\1:N"),
    (re.compile(r"(: [\w -]+), at \S.*"), rf"\1, at {ANYTHING}"),  # what a step says of a mistake
    (re.compile(r"\b\d[\d,.]* ?(ms|s|%|KiB|MiB)(?!\w)"), r"N \1"),
    (re.compile(r"\b\d{1,3}(,\d{3})+\b|(?<![\d.])\d+\.\d+(?![\d.])|\b\d{4,}\b|\b0x[0-9a-f]+\b"), "N"),
    (re.compile(r': "[^"]*"\.\.\.'), ""),
    (re.compile(r'(it printed: ").*"', re.DOTALL), rf'\1{ANYTHING}"'),
    (re.compile(r"(closed|reset) the connection \((FIN|RST)\)"), "closed or reset the connection"),
    (re.compile(r"(?<!\w)/\S+/"), ""),
    (re.compile(r"\b\d+ times\b( of \d+)?"), "N times"),
    (re.compile(r"(seen in|KiB echoed to each client): .*", re.DOTALL), rf"\1: {ANYTHING}"),
    (re.compile(r'\d+ bytes came, (but not .*?): "[^"]*"(?=.*the last fault)'), r"bytes came, \1"),
    (re.compile(r"sleeps in .* others"), f"sleeps in {ANYTHING}"),
    (re.compile(r".*(?=the server has ended)", re.DOTALL), ""),  # which call met the end is chance
]


def separator(key, text, line):
    """What stands between the text of a row, so far, and the next line of it."""
    if key[1] in IN_LINES:
        return "\n"
    depth = len(line) - len(line.lstrip())
    return "\n" + " " * depth if is_of_memory(key) and (depth or "\n" in text) else " "


def is_of_memory(key):
    """Whether it is what a sanitizer says: a line for each place in the program, further in than the text."""
    return key[0].startswith("memory/") and key[1] == "actual"


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
            rows[key] += separator(key, rows[key], line[len(INDENT):]) + line[len(INDENT):].strip()
        elif line:
            break  # what follows sums up
    return {key: text for key, text in rows.items() if key[1] not in LEFT_OUT}


def places(lines):
    """Of each stack the first frame that is in a fixture: what is inlined, and what lies in libraries, is the
    compiler's affair."""
    found = False
    for line in lines:
        if not FRAME.match(line):
            found = False
            yield line.replace("to the right of", "after")  # newer ones say that
        elif not found and (own := OWN_FRAME.fullmatch(line)):
            found = True
            yield f"{own[1]}#{ANYTHING} {own[2]}"


def first_mistake(text):
    """Of what a sanitizer says of several mistakes, what it says of the first."""
    head, *lines = text.split("\n")
    lines = itertools.takewhile(lambda line: line.startswith("  "), lines)
    return "\n".join([re.sub(r"\b(once|N times) in \d+ checks?", "N times in N checks", head), *places(lines)])


def any_race(text):
    """Which of several is seen first is chance: what is common to all is where the two threads were."""
    for pattern, instead in [
            (r"first in \S+", f"first in {ANYTHING}"),
            (r"\b(\w+) of size \d+ by .*", f"{ANYTHING} of size {ANYTHING}"),
            (r"\n  Location is (.|\n)*", f"\n  {ANYTHING}")]:
        text = re.sub(pattern, instead, text)
    return text


def without_variation(rows):
    for (check, label), text in rows.items():
        if label not in ("", "required", "why"):
            for pattern, instead in VARIES:
                text = pattern.sub(instead, text)
        ended = "the server has ended" in rows.get((check, "actual"), "")
        if ended and label == "expected" and ASKED.match(text):
            text = ANYTHING  # what it was asked for when it had ended already
        if check == "memory/address" and label == "expected":
            text = text.replace(" and UndefinedBehaviorSanitizer", "")  # clang has it within the other one
        if is_of_memory((check, label)):
            text = any_race(first_mistake(text)) if check == "memory/race" else first_mistake(text)
        if label in PROGRAM:
            text = text.partition("\n")[0]
        if label == "steps" and check == "memory/race":
            text = ANYTHING  # they are by mistake
        elif label == "steps":
            steps = text.split("\n")
            kept = 2 if ended else STEPS
            text = "\n".join([*steps[:kept], ANYTHING] if len(steps) > kept else steps)
        yield (check, label), text


def watched(subject):
    """The words that have its memory watched, where nothing else shows what is wrong with it."""
    return [] if subject.must_fail or not subject.memory else subject.watching(subject.memory[0])


def reported(subject):
    """The checks whose report is kept: those that it must fail."""
    return subject.memory if watched(subject) else subject.must_fail


def read_report(subject, options):
    words = [options.eagain, "check", "--role", options.role, *watched(subject)]
    for check in [*reported(subject), *situations(subject.memory if watched(subject) else [])]:
        words += ["--only", check]
    if subject.strategy in options.strategies:
        words += ["--strategy", subject.strategy]
    run = subprocess.run([*words, "--", *subject.command], stdin=subprocess.DEVNULL,
                         capture_output=True, check=False)
    rows = rows_of(run.stdout.decode(errors="replace"))
    asked = reported(subject)
    return dict(without_variation({key: text for key, text in rows.items() if key[0] in asked}))


def layout(rows):
    """As the terminal has it; rows_of() reads it again."""
    lines = []
    for (_, label), text in rows.items():
        if not label:
            lines += ["", text]
        elif label in IN_LINES:
            lines += [f"{'  ' + label if i == 0 else '':<12}{line}" for i, line in enumerate(text.split("\n"))]
        else:
            paragraph, *places = text.split("\n")
            lines += textwrap.wrap(paragraph, 100, initial_indent=f"  {label:<10}", subsequent_indent=INDENT,
                                   break_long_words=False, break_on_hyphens=False)
            lines += [INDENT + line for line in places]
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


def file_of(subject, options):
    return (GOLDEN / "clients" if options.role == "client" else GOLDEN) / f"{subject.name}.txt"


def compare(subject, options):
    path = file_of(subject, options)
    golden = rows_of(path.read_text()) if path.exists() else {}
    return list(differences(read_report(subject, options), golden))


def update(subject, options):
    path = file_of(subject, options)
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
    parser.add_argument("--role", choices=("server", "client"), default="server", help="what is judged")
    parser.add_argument("--update", action="store_true", help="make the files anew")
    parser.add_argument("--widen", action="store_true",
                        help="with --update: put [...] where runs now differ from the files")
    parser.add_argument("--times", type=int, default=3, help="with --update: runs to compare")
    options = parser.parse_args()
    options.strategies = known_strategies(options.eagain)
    subjects = [subject for subject in judged(options) if reported(subject)]
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
