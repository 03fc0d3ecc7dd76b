#!/usr/bin/env python3
"""What golden.py takes for the same, and what not."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from golden import common, differences, layout, reported, rows_of, watched, widened, without_variation
from subjects import Subject

REPORT = """fail    echo/large  139 ms

FAIL echo/large
  required  8 MiB come back
            byte for byte
  steps     1. the server listens on 127.0.0.1 port 28819
            2. client 1 connects
  expected  client 1 receives 8,388,608 bytes
  actual    nothing moved for 1.5 s: the server sleeps in poll
            first difference at byte 3,144 of the stream:
             expected  00000c38  5b 79 51 58  |[yQX|
             actual    00000c38  5b 79 51 59  |[yQY|
                                 ^^
  again     eagain check --only echo/large -- ./server {port}
  more      eagain explain echo/large

  echo   0 of  1  FAIL large
"""


MEMORY = """FAIL memory/address
  required  no access out of bounds is reported while clients are served
  steps     1. echo/large: overflow, at std::copy(int const&)
  expected  no such report by AddressSanitizer
  actual    AddressSanitizer: overflow, 16 times in 9 checks, first in
            echo/large
              Write of size 8 by thread T2
                #0 std::copy(int const&) stl_algo.h:1278
                #1 ServeOne threads.cc:19
                #2 main main.cc:7
              'own' (line 144)
            AddressSanitizer: overflow, once in 1 check, first in echo/large
              Read of size 4 by thread T5
            and 6 more mistakes (see the steps)
  more      eagain explain memory/address
"""


def normal(report):
    return dict(without_variation(rows_of(report)))


class Golden(unittest.TestCase):
    def test_is_read_as_it_was_written(self):
        rows = normal(REPORT)
        self.assertEqual(rows["echo/large", "required"], "8 MiB come back byte for byte")
        self.assertEqual(rows["echo/large", "actual"], "nothing moved for N s: the server sleeps in poll "
                                                       "first difference at byte N of the stream:")
        self.assertEqual(rows_of(layout(rows)), rows)

    def test_other_ports_times_and_counts_are_no_difference(self):
        other = REPORT.replace("28819", "1033").replace("1.5 s", "4.8 s").replace("3,144", "17,000")
        self.assertEqual(list(differences(normal(other), normal(REPORT))), [])

    def test_a_timeout_is_a_failure(self):
        self.assertEqual(normal(REPORT.replace("\nFAIL", "\nTIMEOUT")), normal(REPORT))

    def test_advice_is_of_the_check_as_well(self):
        advice = REPORT.replace("\nFAIL echo/large", "\nADVICE echo/large: does not count")
        self.assertEqual(set(normal(advice)), set(normal(REPORT)))
        self.assertEqual(rows_of(layout(normal(advice))), normal(advice))

    def test_that_it_died_as_in_another_check_may_be_all_that_is_said(self):
        referring = {("echo/large", ""): "FAIL echo/large",
                     ("echo/large", "required"): "8 MiB come back byte for byte",
                     ("echo/large", "actual"): "closed the server ended as in echo/binary: exit status 1"}
        self.assertEqual(list(differences(referring, normal(REPORT))), [])

    def test_of_a_client_how_it_ended_is_kept_and_not_what_it_wrote(self):
        client = REPORT.replace("  again", "  client    ended: exit status 1; its last output:\n"
                                "            | Traceback\n  again")
        self.assertEqual(normal(client)["echo/large", "client"], "ended: exit status 1; its last output:")

    def test_of_what_a_sanitizer_says_the_first_mistake_is_kept_with_its_places(self):
        rows = normal(MEMORY)
        self.assertEqual(rows["memory/address", "actual"].split("\n"), [
            "AddressSanitizer: overflow, N times in N checks, first in echo/large",
            "  Write of size 8 by thread T N",
            "    #[...] threads.cc:N",
            "  'own' (line N)"])
        self.assertEqual(rows["memory/address", "steps"], "1. echo/large: overflow, at [...]")
        self.assertEqual(rows_of(layout(rows)), rows)
        self.assertEqual(list(differences(normal(MEMORY.replace("16 times in 9 checks", "once in 1 check")
                                                 .replace("T2", "T17")), rows)), [])

    def test_whether_a_sanitizer_stands_beside_another_is_the_compilers_affair(self):
        both = MEMORY.replace("by AddressSanitizer", "by AddressSanitizer and UndefinedBehaviorSanitizer")
        self.assertEqual(normal(both), normal(MEMORY))

    def test_which_race_is_seen_first_is_no_difference(self):
        race = """FAIL memory/race
  actual    ThreadSanitizer: data race, once in 1 check, first in echo/large
              Write of size 8 by thread T2
                #0 ServeOne threads.cc:19
              Previous read of size 4 by main thread
                #0 ServeOne threads.cc:20
              Location is global 'connected' of size 24
"""
        other = race.replace("Write of size 8", "Read of size 4").replace("echo/large", "echo/binary")
        other = other.replace("global 'connected'", "heap block")
        self.assertEqual(normal(other), normal(race))
        self.assertTrue(list(differences(normal(race.replace("threads.cc:20", "text.cc:20")), normal(race))))

    def test_what_shows_only_to_a_sanitizer_is_judged_with_one(self):
        here = str(pathlib.Path(__file__))  # a program that was built
        race = {"summary": "A race.", "must_fail": [], "may_fail": [], "sanitized": ["memory/race"]}

        def subject(defect, builds):
            return Subject("student/threads/race", "threads", ["student", "{port}"], [defect], [], builds)

        built = {"memory/race": [here, "{port}"]}
        self.assertEqual(watched(subject(race, built)), ["--sanitized", f"{here} {{port}}"])
        self.assertEqual(reported(subject(race, built)), ["memory/race"])
        self.assertEqual(reported(subject(race, {"memory/race": ["not-built"]})), [])
        seen = subject({**race, "must_fail": ["echo/large"]}, built)
        self.assertEqual((watched(seen), reported(seen)), ([], ["echo/large"]))

    def test_another_word_a_missing_check_and_a_new_one_are(self):
        self.assertTrue(list(differences(normal(REPORT.replace("sleeps", "spins")), normal(REPORT))))
        self.assertTrue(list(differences({}, normal(REPORT))))
        self.assertTrue(list(differences(normal(REPORT), {})))

    def test_what_differed_once_may_differ_again_and_the_rest_may_not(self):
        rows = widened(normal(REPORT), normal(REPORT.replace("in poll", "in select")))
        self.assertEqual(list(differences(normal(REPORT.replace("in poll", "in epoll_wait")), rows)), [])
        self.assertTrue(list(differences(normal(REPORT.replace("sleeps", "spins")), rows)))
        self.assertEqual(common("a b c", "a c"), "a [...]c")


class ReadmeTable(unittest.TestCase):
    def fill(self, text, *shards):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "README.md"
            file.write_text(text)
            names = []
            for i, rows in enumerate(shards):
                names.append(pathlib.Path(folder) / f"{i}.json")
                names[-1].write_text(json.dumps({"rows": rows}))
            program = pathlib.Path(__file__).with_name("readme_table.py")
            run = subprocess.run([sys.executable, program, file, *names], capture_output=True, text=True,
                                 check=False)
            return run.returncode, run.stderr, file.read_text()

    def test_counts_all_shards_between_the_comments(self):
        caught = {"name": "a", "correct": False, "must_fail": ["x/y"], "surprises": [],
                  "verdicts": {"x/y": {}}}
        missed = {**caught, "name": "b", "surprises": ["x/y: must fail, and ended in pass"]}
        unjudged = {**caught, "name": "c", "surprises": ["no report: "], "verdicts": {}}
        accused = {"name": "d", "correct": True, "must_fail": [],
                   "surprises": ["x/y: accused although"], "verdicts": {}}
        place = "before\n<!-- detection: begin -->\nold\n<!-- detection: end -->\nafter\n"
        status, _, text = self.fill(place, [caught, missed], [unjudged, accused])
        self.assertEqual(status, 0)
        self.assertEqual(text.splitlines()[4:], ["| 3 | 1 | 1 | 1 |", "<!-- detection: end -->", "after"])
        self.assertEqual(self.fill(place, [caught], [caught])[0], 2)

    def test_refuses_a_file_without_a_place_for_it(self):
        status, said, text = self.fill("nothing here\n", [])
        self.assertEqual((status, text), (2, "nothing here\n"))
        self.assertIn("has 0 places for the table", said)


if __name__ == "__main__":
    unittest.main()
