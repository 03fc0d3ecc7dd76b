"""The matrix as one HTML file that needs nothing else."""
import html
import pathlib

TEMPLATE = pathlib.Path(__file__).with_name("heat_map.html")
SIGNS = {"caught": "●", "missed": "!", "accused": "!", "skip": "·"}


def kind(row, check):
    """How the cell is to be read; "" is a pass."""
    verdict = row["verdicts"].get(check, {"verdict": "skip"})["verdict"]
    failed = verdict in ("fail", "timeout")
    if any(line.startswith(check + ":") for line in row["surprises"]):
        return "accused" if failed else "missed"
    if failed:
        return "caught" if check in row["must_fail"] else "beside"
    return "skip" if verdict == "skip" else ""


def cell(row, check):
    what = kind(row, check)
    said = row["verdicts"].get(check, {}).get("actual", "")
    title = html.escape(f"{row['name']}\n{check}\n{said}".strip(), quote=True)
    return f'<td class="{what}" title="{title}">{SIGNS.get(what, "")}</td>'


def line(row, checks):
    defect = html.escape(row["defect"] or "correct", quote=True)
    cells = "".join(cell(row, check) for check in checks)
    return f'<tr><th title="{defect}">{html.escape(row["name"])}</th>{cells}</tr>'


def render(matrix):
    summary = matrix["summary"]
    parts = {
        "summary": f"{summary['defective']} servers with a defect, {summary['caught']} caught; "
                   f"{summary['correct']} correct servers, {summary['falsely_accused']} falsely accused.",
        "columns": "".join(f"<th><span>{html.escape(check)}</span></th>" for check in matrix["checks"]),
        "rows": "\n".join(line(row, matrix["checks"]) for row in matrix["rows"]),
    }
    page = TEMPLATE.read_text()
    for name, text in parts.items():
        page = page.replace("{{" + name + "}}", text)
    return page
