"""What a package index shows of the project: the README without links and pictures that lead into the source archive.

There they would lead nowhere. All else of the project's metadata stands in pyproject.toml.
"""

import re
from pathlib import Path

from setuptools import setup

PICTURE = re.compile(r"^!\[[^\]]*\]\((?!https?:)[^)]*\)\n+", re.MULTILINE)
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#)([^)#]*)[^)]*\)")


def for_an_index(text: str) -> str:
    """Return a page of Markdown whose links to other files are those files' names."""
    without = PICTURE.sub("", text)
    return LINK.sub(lambda link: f"`{link[2]}`" if link[1] == link[2] else f"{link[1]} (`{link[2]}`)", without)


if __name__ == "__main__":
    setup(
        long_description=for_an_index((Path(__file__).parent / "README.md").read_text(encoding="utf-8")),
        long_description_content_type="text/markdown",
    )
