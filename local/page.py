"""The page as the browser gets it: its own scripts without their comments, which are for those who read the source."""

import re
from pathlib import Path
from typing import Final

from local.places import ROOT

WEB: Final = ROOT / "web"
VENDOR: Final = WEB / "vendor"
_COMMENT: Final = re.compile(r"^[ \t]*//[^\n]*\n|[ \t]*/\*\*.*?\*/ ?", re.DOTALL | re.MULTILINE)
_INDENT: Final = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)


def script(path: Path) -> str:
    """The text of a script of the page; ours without comments and indents, a library as it is.

    It relies on how we write, which tests/web checks: comments are `/** */`, or `//` on a line of their own.
    """
    text = path.read_text()
    if VENDOR in path.parents:
        return text
    return _INDENT.sub("", _COMMENT.sub("", text)).strip() + "\n"
