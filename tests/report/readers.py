#!/usr/bin/python3
"""Reads what sample_reports wrote, each format by its readers' own rules: readers.py SAMPLE_REPORTS SCHEMAS.

JUnit by an XSD (xmllint), TAP by tap-parser and a YAML parser, JSON by schemas, GitHub's commands by their grammar.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

import jsonschema
import yaml

PROGRAM, SCHEMAS = sys.argv[1], pathlib.Path(sys.argv[2])
TEMPORARY = tempfile.TemporaryDirectory(prefix="eagain-reports-")
FOLDER = pathlib.Path(TEMPORARY.name)


def text(name):
    return (FOLDER / name).read_text(encoding="utf-8")


class Junit(unittest.TestCase):
    def test_is_valid_by_the_schema(self):
        for name in "hostile.junit", "long.junit":
            subprocess.run(["xmllint", "--noout", "--nonet", "--schema", SCHEMAS / "junit.xsd", FOLDER / name],
                           check=True, capture_output=True)

    def test_counts_what_it_has(self):
        root = xml.fromstring(text("hostile.junit"))
        for node in [root, *root.findall("testsuite")]:
            cases = list(node.iter("testcase"))
            self.assertEqual(int(node.get("tests")), len(cases))
            for attribute, child in ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"):
                self.assertEqual(int(node.get(attribute)), sum(case.find(child) is not None for case in cases))

    def test_tells_the_servers_failure_from_the_harnesss_error(self):
        cases = {(case.get("classname"), case.get("name")): [child.tag for child in case]
                 for case in xml.fromstring(text("hostile.junit")).iter("testcase")}
        self.assertEqual(cases["eagain.echo", "large"], ["failure", "system-out"])
        self.assertEqual(cases["eagain.echo", "one-byte"], ["error"])
        self.assertEqual(cases["eagain.concurrency", "second-client"], ["skipped"])
        self.assertEqual(cases["eagain.fault", "sweep"], ["skipped"], "a known failure")
        self.assertEqual(cases["eagain.ordering", "bounded-queue"], ["skipped"], "advice")

    def test_keeps_the_servers_words_as_words(self):
        output = xml.fromstring(text("hostile.junit")).find(".//system-out").text
        self.assertIn("]]></system-out><failure/>&amp;<!-- ", output)
        self.assertIn("\\e[31mred", output)
        self.assertNotRegex(text("hostile.junit"), "[\x00-\x08\x0b-\x1f\x7f]")


class Tap(unittest.TestCase):
    POINT = re.compile(r"^(not )?ok (\d+) - ((?:[^#\\]|\\.)*?)(?: # (SKIP|TODO)\b ?(.*))?$")

    def points(self, name):
        lines = text(name).split("\n")
        self.assertEqual(lines[0], "TAP version 14")
        plan = int(re.fullmatch(r"1\.\.(\d+)", lines[1])[1])
        points, block = [], None
        for line in lines[2:]:
            if line == "  ---":
                block = []
            elif line == "  ...":
                points[-1]["yaml"] = yaml.safe_load("\n".join(block))
                block = None
            elif block is not None:
                self.assertTrue(line.startswith("  ") or line == "", line)
                block.append(line[2:])
            elif line:
                point = self.POINT.match(line)
                self.assertIsNotNone(point, line)
                points.append({"ok": not point[1], "number": int(point[2]), "id": point[3], "directive": point[4]})
        self.assertEqual([point["number"] for point in points], list(range(1, plan + 1)))
        return points

    def test_is_a_plan_and_its_points_with_yaml(self):
        points = {point["id"]: point for point in self.points("hostile.tap")}
        data = {check["id"]: check for check in json.loads(text("hostile.json"))["checks"]}
        large = points["echo/large"]
        self.assertFalse(large["ok"])
        for key in "requirement", "steps", "faults", "duration_ms":
            self.assertEqual(large["yaml"][key], data["echo/large"][key])
        for key in "expected", "actual", "server_output":
            self.assertEqual(large["yaml"][key].rstrip("\n"), data["echo/large"][key].rstrip("\n"))
        self.assertEqual(points["fault/sweep"]["directive"], "TODO")
        self.assertEqual(points["ordering/bounded-queue"]["directive"], "TODO")
        self.assertEqual(points["lifecycle/restart"]["directive"], "SKIP")
        self.assertEqual(len(self.points("long.tap")), 100)

    def test_a_consumer_reads_it(self):
        # Debian's prove knows no version after 13. NODE_PATH: for a node that is not Debian's.
        environment = os.environ | {"NODE_PATH": "/usr/share/nodejs"}
        said = subprocess.run(["tap-parser", "--json", "--strict"], input=text("hostile.tap"), capture_output=True,
                              text=True, env=environment).stdout
        events = json.loads(said)
        self.assertEqual(events[0], ["version", 14])
        points = {point["id"]: point for name, point in events if name == "assert"}
        final = dict(events)["complete"]
        self.assertEqual((final["count"], final["plan"]["end"], final["bailout"]), (7, 7, False))
        self.assertEqual([failure.get("id") for failure in final["failures"]], [2, 7])
        self.assertEqual(points[2]["diag"]["severity"], "fail")
        self.assertNotIn("extra", dict(events), "there is nothing but TAP in it")


class Json(unittest.TestCase):
    def check(self, name, schema):
        for sample in "hostile", "long", "graded", "unbuilt":
            jsonschema.validate(json.loads(text(f"{sample}.{name}")), json.loads((SCHEMAS / schema).read_text()))

    def test_gradescope(self):
        self.check("gradescope", "gradescope.schema.json")
        value = json.loads(text("hostile.gradescope"))
        self.assertEqual(value["score"], sum(test.get("score", 0) for test in value["tests"]))
        self.assertEqual(value["leaderboard"], [])
        status = {test["name"]: test.get("status") for test in value["tests"][:6]}
        self.assertEqual(status, {"echo/one-byte": "passed", "echo/large": "failed", "concurrency/second-client": None,
                                  "ordering/bounded-queue": None, "fault/sweep": "failed", "lifecycle/restart": None})

    def test_gradescope_is_told_what_is_hidden(self):
        value = json.loads(text("graded.gradescope"))
        self.assertAlmostEqual(value["score"], 20 / 3)
        seen = {test["name"]: test["visibility"] for test in value["tests"]}
        self.assertEqual(seen["fault/sweep"], "after_due_date")
        self.assertEqual(seen["echo/one-byte"], "visible")
        self.assertEqual(value["tests"][0]["tags"], ["echo", "must", "Echo | <b>all</b>"])
        self.assertIn("server.c:1: error", json.loads(text("unbuilt.gradescope"))["output"])

    def test_classroom50_has_all_points_and_no_hidden_name(self):
        value = json.loads(text("graded.classroom50"))
        self.assertEqual(value["max-score"], 2500)
        self.assertNotIn("fault/sweep", text("graded.classroom50"))
        tests = {test["test-name"]: test for test in value["tests"]}
        self.assertEqual(tests["echo/one-byte"]["score"], tests["echo/one-byte"]["max-score"])
        self.assertEqual(tests["hidden checks"]["max-score"], 500)
        self.assertEqual(value["score"], sum(test["score"] for test in value["tests"]))

    def test_classroom50(self):
        self.check("classroom50", "classroom50.schema.json")
        value = json.loads(text("hostile.classroom50"))
        self.assertEqual(value["score"], sum(test["score"] for test in value["tests"]))
        self.assertEqual(value["max-score"], sum(test["max-score"] for test in value["tests"]))
        self.assertLessEqual(value["score"], value["max-score"])
        self.assertNotIn("lifecycle/restart", [test["test-name"] for test in value["tests"]])


class Github(unittest.TestCase):
    COMMAND = re.compile(r"^::([a-z-]+)(?: ([^:]*))?::(.*)$")

    def annotations(self, name):
        """As the runner reads the log: nothing between ::stop-commands::TOKEN and ::TOKEN:: is a command."""
        token, commands = None, []
        for line in text(name).split("\n"):
            command = self.COMMAND.match(line.lstrip())
            if token:
                token = None if line.strip() == f"::{token}::" else token
            elif command and command[1] == "stop-commands":
                token = command[3]
                self.assertGreaterEqual(len(token), 32)
            elif command:
                commands.append((command[1], command[2], command[3]))
            else:
                self.assertNotIn("##[", line)
        self.assertIsNone(token)
        return commands

    def test_commands_are_ours_alone(self):
        commands = self.annotations("hostile.github.log")
        self.assertEqual([command[:2] for command in commands],
                         [("error", "title=echo/large"), ("error", "title=echo/one-byte"), ("notice", "title=advice")])
        self.assertIn("%0A", commands[0][2])

    def test_marks_are_told_and_hidden_checks_are_not(self):
        summary = text("graded.github")
        self.assertIn("6.67 of 25 points", summary)
        self.assertIn("| Echo &#124; &#60;b&#62;all&#60;/b&#62; | 6.67 of 20 |", summary)
        self.assertIn("hides 1 more check", summary)
        for name in "graded.github", "graded.github.log":
            self.assertNotIn("fault/sweep", text(name))
            self.assertNotIn("every fault is survived", text(name))
        self.assertIn("server.c:1: error", text("unbuilt.github"))

    def test_many_failures_are_one_annotation(self):
        commands = self.annotations("long.github.log")
        self.assertLessEqual(len(commands), 10)
        self.assertEqual(commands[0][1], "title=echo%3A 100 of the checks fail")

    def test_summary_is_below_the_limit_and_no_fence_ends_early(self):
        for name in "hostile.github", "long.github", "unbuilt.github":
            summary = text(name)
            self.assertLess(len(summary.encode()), 1024 * 1024)
            fence = None
            for line in summary.split("\n"):
                marker = re.match(r"^(`{3,})(text)?$", line)
                if fence is None and marker and marker[2]:
                    fence = marker[1]
                elif fence is not None and marker and not marker[2] and len(marker[1]) >= len(fence):
                    fence = None
                elif fence is None:
                    self.assertNotIn("not a heading", line)
                    self.assertNotIn("<script", line)
            self.assertIsNone(fence)


if __name__ == "__main__":
    with TEMPORARY:
        subprocess.run([PROGRAM, FOLDER], check=True)
        unittest.main(argv=[sys.argv[0]])
