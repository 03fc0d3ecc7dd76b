"""The servers that the suite is tested with, as fixtures/servers/manifest.toml lists them, and the
clients, as fixtures/clients/manifest.toml does."""
import fnmatch
import pathlib
import shlex
import subprocess
import tomllib

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
SOURCE = FIXTURES / "servers"
CLIENTS = FIXTURES / "clients"


class Subject:
    """One server, or client: the program, the strategy that it follows, what must and what may fail."""

    def __init__(self, name, strategy, command, defects, excuses, builds=None, further=False):
        self.name, self.strategy, self.command = name, strategy, command
        self.correct = not defects
        self.summary = " ".join(defect["summary"] for defect in defects)
        self.unseen = " ".join(defect["unseen"] for defect in defects if "unseen" in defect)
        self.must_fail = [check for defect in defects for check in defect["must_fail"]]
        self.may_fail = excuses + [glob for defect in defects for glob in defect["may_fail"]]
        self.memory = [check for defect in defects for check in defect.get("sanitized", [])]
        self.builds = builds or {}  # with sanitizers, by memory check
        self.further = further  # its defect is judged in another strategy as well

    def sanitized(self, check):
        """The command of the build that this memory check is judged by; nothing where it was not built."""
        command = self.builds.get(check, [""])
        return command if pathlib.Path(command[0]).is_file() else None

    def watching(self, check):
        """The words that have its memory watched for this check; none where no build is watched for it."""
        build = self.sanitized(check)
        return ["--sanitized", shlex.join(build).replace("'{port}'", "{port}")] if build else []

    def excused(self, check):
        return any(fnmatch.fnmatch(check, pattern) for pattern in self.may_fail)


def read_manifest(folder=SOURCE):
    with open(folder / "manifest.toml", "rb") as file:
        return tomllib.load(file)


def replaced(command, **values):
    for name, value in values.items():
        command = [word.replace("{" + name + "}", str(value)) for word in command]
    return command


def servers(manifest, places):
    for server in manifest["server"]:
        yield Subject(server["name"], server["strategy"], replaced(server["command"], **places),
                      server.get("defect", []),
                      [entry["check"] for entry in server.get("may_fail", [])])


def families(manifest, places, every_strategy):
    for family in manifest["family"]:
        def subject(strategy, defect, defects, further=False):
            by_design = [pattern for entry in family.get("by_design", []) if entry["strategy"] == strategy
                         for pattern in entry["may_fail"]]
            suffix = f"/{defect}" if defects else ""
            values = {**places, "strategy": strategy, "defect": defect}
            builds = {check: replaced(command, **values)
                      for check, command in family.get("sanitized", {}).items()}
            return Subject(f"{family['name']}/{strategy}{suffix}", strategy,
                           replaced(family["command"], **values), defects, by_design, builds, further)

        for strategy in family["strategies"]:
            yield subject(strategy, "none", [])
        for defect in family.get("defect", []):
            for strategy in defect["strategies"][: None if every_strategy else 1]:
                yield subject(strategy, defect["name"],
                              [{**defect, **defect.get("in", {}).get(strategy, {})}],
                              further=strategy != defect["strategies"][0])


def undeclared(family, command):
    """What only the program knows of its defects, or only the manifest."""
    listed = subprocess.run([*command[:command.index("--defect")], "--list"], capture_output=True,
                            text=True, check=True).stdout.split()
    return set(listed) ^ {"none", *(defect["name"] for defect in family["defect"])}


def every_client(build, eagain):
    values = {"source": CLIENTS, "build": build, "eagain": eagain}
    manifest = read_manifest(CLIENTS)
    for client in manifest["client"]:
        yield Subject(client["name"], "", replaced(client["command"], **values),
                      client.get("defect", []), [])
    for family in manifest["family"]:
        command = replaced(family["command"], **values)
        if unknown := undeclared(family, command):
            raise ValueError(f"{family['name']}: known only to the program or to the manifest: {unknown}")
        yield Subject(family["name"], "", replaced(command, defect="none"), [], [])
        for defect in family["defect"]:
            yield Subject(f"{family['name']}/{defect['name']}", "",
                          replaced(command, defect=defect["name"]), [defect], [])


def like(subjects, only, skip):
    """Those whose name is like `only` and not like `skip`."""
    return [subject for subject in subjects
            if fnmatch.fnmatch(subject.name, only) and not fnmatch.fnmatch(subject.name, skip)]


def chosen(manifest, build, *, eagain="eagain", only="*", skip="", every_strategy=False):
    """The servers whose name is like `only` and not like `skip`."""
    places = {"source": SOURCE, "build": build, "eagain": eagain}
    return like((*servers(manifest, places), *families(manifest, places, every_strategy)), only, skip)


def add_choice(parser):
    """The options that chosen() is told by."""
    parser.add_argument("--build", required=True, help="the folder that the fixtures are built to")
    parser.add_argument("--only", default="*", help="the subjects whose name is like this")
    parser.add_argument("--skip", default="", help="and not like this")
    parser.add_argument("--every-strategy", action="store_true",
                        help="each defect in all of its strategies, not only in the first")
