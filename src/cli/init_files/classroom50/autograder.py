"""Grades a submission for Classroom 50: its runner runs this in the student's checkout, and reads result.json there.

For the sandbox the assignment's "runtime" needs "apt": ["bubblewrap"]; without it what is not protected is told in the log.
"""
import pathlib
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
result = pathlib.Path("result.json")
result.unlink(missing_ok=True)  # whatever the student calls so is no result
(here / "eagain").chmod(0o755)
status = subprocess.run(["sh", here / "grade.sh", "--report", f"classroom50={result.resolve()}"], check=False).returncode
# 1 and 4 say that checks failed: a grade as any other. 3 says that the harness did: no grade.
if status not in (0, 1, 4):
    result.unlink(missing_ok=True)
    sys.exit(status)
