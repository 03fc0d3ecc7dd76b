"""A part of a Markdown file that a program writes: between a line <!-- NAME: begin --> and a line <!-- NAME: end -->."""
import re


class NoPlace(Exception):
    """The file has not exactly one such part."""


def with_part(text, name, part):
    """The text, with `part` for what was in the part of that name."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    place = re.compile(f"({re.escape(begin)}).*?({re.escape(end)})", re.DOTALL)
    text, places = place.subn(lambda found: f"{found[1]}{part}\n{found[2]}", text)
    if places != 1:
        raise NoPlace(f"{places} places for the table, and needs one: a line {begin.strip()}, and below it a line {end}")
    return text


def write_part(path, name, part):
    """Rewrites the file; raises NoPlace, and leaves it alone, when it does not have one such part."""
    try:
        text = with_part(path.read_text(), name, part)
    except NoPlace as trouble:
        raise NoPlace(f"{path} has {trouble}") from None
    path.write_text(text)


def row(cells):
    """One row of a Markdown table."""
    return "| " + " | ".join(cells) + " |"
