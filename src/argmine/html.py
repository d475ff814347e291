"""What every page of argmine needs: text that is no markup, and a policy against all else."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from html import escape

# HTML carries no NUL, and no encoding a lone surrogate.
_UNFIT = re.compile("[\0\ud800-\udfff]")


def safe(text: object) -> str:
    """Escape a text for HTML; a carriage return survives, what HTML cannot carry becomes U+FFFD."""
    return escape(_UNFIT.sub("\ufffd", str(text))).replace("\r", "&#13;")


def content_policy(style: str, scripts: Sequence[str] = ()) -> str:
    """The content security policy of a page that loads nothing.

    Args:
        style: the page's one style sheet, as it stands in the page.
        scripts: its scripts, as they stand in the page.
    """
    allowed = " ".join(map(_digest, scripts)) or "'none'"
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
