#!/usr/bin/env python3
"""What matrix.py takes for a surprise, and what it asks of whom."""
import types
import unittest

from matrix import command_of, in_order, only, summary, surprises, verdicts_of
from subjects import Subject

DEFECT = {"summary": "It cuts at NUL.", "must_fail": ["echo/binary"], "may_fail": ["echo/large"]}
CORRECT = Subject("right", "epoll", ["./server"], [], ["fairness/equal-share"])
WRONG = Subject("wrong", "epoll", ["./server"], [DEFECT], [])


def check(name, verdict, runs=()):
    return {"id": name, "verdict": verdict, "actual": "it did not come", "runs": list(runs),
            "flaky": len(set(runs)) > 1}


def found(subject, *checks):
    return list(surprises(subject, checks, subject.must_fail))


def asked(subject, **options):
    return only(subject, types.SimpleNamespace(memory="", **{"quick": False, "whole": False, **options}))


class Matrix(unittest.TestCase):
    def test_whoever_fails_what_it_must_and_may_is_no_surprise(self):
        self.assertEqual(found(WRONG, check("echo/binary", "fail"), check("echo/large", "timeout"),
                               check("echo/one-byte", "pass")), [])

    def test_that_a_defect_does_not_show_is_one(self):
        self.assertEqual(found(WRONG, check("echo/binary", "pass")), ["echo/binary: must fail, and ended in pass"])
        self.assertEqual(found(WRONG), ["echo/binary: must fail, and there is no such check"])

    def test_an_accusation_is_one(self):
        self.assertEqual(found(CORRECT, check("echo/large", "fail")),
                         ["echo/large: accused although it may not be: it did not come"])

    def test_verdicts_that_are_not_always_the_same_are_one(self):
        self.assertEqual(found(CORRECT, check("echo/large", "pass", ["pass", "skip", "pass"])),
                         ["echo/large: not always the same: pass skip pass"])
        self.assertEqual(found(CORRECT, check("fairness/equal-share", "pass", ["pass", "fail"])), [])

    def test_a_run_that_was_cut_short_says_nothing(self):
        report = {"interrupted": False, "checks": [check("echo/large", "pass")]}
        self.assertEqual(verdicts_of(report), (report["checks"], ""))
        self.assertEqual(verdicts_of({**report, "interrupted": True}), (None, "the run was cut short"))

    def test_the_whole_catalogue_is_asked_in_a_defects_first_strategy(self):
        further = Subject("wrong", "poll", ["./server"], [DEFECT], [], further=True)
        self.assertEqual(asked(WRONG), [])
        self.assertEqual(asked(further), ["echo/binary"])
        self.assertEqual(asked(further, whole=True), [])
        self.assertEqual(asked(WRONG, quick=True), ["echo/binary"])
        self.assertEqual(asked(CORRECT, quick=True), [])

    def test_one_that_may_fail_everything_is_asked_what_it_must(self):
        broken = Subject("broken", "poll", ["./server"], [{**DEFECT, "may_fail": ["*"]}], [])
        self.assertEqual(asked(broken), ["echo/binary"])
        self.assertEqual(asked(broken, whole=True), [])

    def test_only_who_is_asked_nothing_else_is_waited_for_less(self):
        def patience(subject, quick=False):
            options = types.SimpleNamespace(memory="", quick=quick, whole=False, role="server", repeat=1,
                                            check_option=[], strategies=[])
            return "--timeout-scale" in command_of("eagain", subject, options, "report.json")

        broken = Subject("broken", "poll", ["./server"], [{**DEFECT, "may_fail": ["*"]}], [])
        self.assertEqual([patience(CORRECT), patience(WRONG), patience(broken), patience(broken, quick=True)],
                         [False, False, True, False])

    def test_those_that_take_long_come_first_and_neighbours_are_parted(self):
        options = types.SimpleNamespace(memory="", quick=False, whole=False)
        whole = [Subject(f"{i}", "epoll", ["./server"], [DEFECT], []) for i in range(20)]
        brief = [Subject(f"{i}", "poll", ["./server"], [DEFECT], [], further=True) for i in range(20)]
        order = in_order([*brief, *whole], options)
        self.assertEqual({subject.name for subject in order[:20]}, {subject.name for subject in whole})
        self.assertTrue(all(subject.further for subject in order[20:]))
        self.assertNotEqual(order[20:], brief)
        self.assertEqual(order, in_order([*brief, *whole], options))

    def test_the_sum(self):
        caught = {"correct": False, "must_fail": ["echo/binary"], "surprises": [],
                  "verdicts": {"echo/binary": {"verdict": "fail"}}}
        accused = {"correct": True, "must_fail": [], "surprises": ["echo/large: accused although it may not be: x"],
                   "verdicts": {"echo/large": {"verdict": "fail"}}}
        self.assertEqual(summary([caught, accused]), {"defective": 1, "caught": 1, "correct": 1,
                                                      "falsely_accused": 1, "surprises": 1})


if __name__ == "__main__":
    unittest.main()
