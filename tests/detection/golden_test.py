#!/usr/bin/env python3
"""What golden.py takes for the same, and what not."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from golden import common, differences, layout, rows_of, widened, without_variation

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

    def test_that_it_died_as_in_another_check_may_be_all_that_is_said(self):
        referring = {("echo/large", ""): "FAIL echo/large",
                     ("echo/large", "required"): "8 MiB come back byte for byte",
                     ("echo/large", "actual"): "closed the server ended as in echo/binary: exit status 1"}
        self.assertEqual(list(differences(referring, normal(REPORT))), [])

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
