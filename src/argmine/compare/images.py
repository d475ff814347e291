"""A chart as a file, PNG or SVG, drawn without a browser and without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argmine.compare import needing_extra
from argmine.compare.cells import fit_for_xml
from argmine.compare.chart_style import FONT
from argmine.errors import InputError
from argmine.schema import write_whole

with needing_extra():
    import vl_convert

# Pixels of a page, and how many of them make one of the picture: 300 dpi at 16 cm.
_WIDTH, _SCALE = 760, 2.5
_ENDINGS = (".png", ".svg")
_CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
# Two characters that any Chinese font has and that look different.
_PROBES = ("中", "文")


def write_image(
    spec: Mapping[str, Any],
    datasets: Mapping[str, list[dict[str, Any]]],
    path: str | Path,
    *,
    params: Mapping[str, Any] | None = None,
    width: int = _WIDTH,
) -> None:
    """Write a chart as PNG or SVG, as the name of the file ends.

    Args:
        spec: of :func:`argmine.compare.charts.chart_specs`.
        datasets: rows by the names that the spec draws.
        path: file that is made or replaced.
        params: values of ``least``, ``target`` and ``dark``; others stay as the spec has them.
        width: of the chart in pixels, without its axis.

    Raises:
        InputError: another ending, a file that cannot be written, or Chinese text and no Chinese
            font on this machine.
    """
    file = Path(path)
    ending = file.suffix.lower()
    if ending not in _ENDINGS:
        finding = f"cannot write {ending!r}"
        raise InputError(str(path), "", finding, "name it .png or .svg")
    whole = filled_spec(spec, datasets, params or {}) | {"width": width}
    is_chinese = _CHINESE.search(json.dumps(whole, ensure_ascii=False)) is not None
    if is_chinese and not has_chinese_font():
        remedy = "install one, such as Noto Sans SC or WenQuanYi Micro Hei"
        raise InputError(str(path), "", "no Chinese font on this machine", remedy)
    if ending == ".png":
        data: bytes = vl_convert.vegalite_to_png(whole, scale=_SCALE, allowed_base_urls=[])
    else:
        data = fit_for_xml(vl_convert.vegalite_to_svg(whole, allowed_base_urls=[])).encode()
    try:
        write_whole(file, lambda place: place.write_bytes(data))
    except OSError as error:
        finding = f"cannot be written ({error.strerror})"
        raise InputError(str(path), "", finding, "choose another place") from error


def filled_spec(
    spec: Mapping[str, Any],
    datasets: Mapping[str, list[dict[str, Any]]],
    params: Mapping[str, Any],
) -> dict[str, Any]:
    """The spec with its data and the values of its parameters."""
    known = [one | {"value": params.get(one["name"], one["value"])} for one in spec["params"]]
    return dict(spec) | {"datasets": dict(datasets), "params": known}


def has_chinese_font() -> bool:
    """Whether pictures can show Chinese.

    Without a font each character is drawn as nothing, or as the same box.
    """
    one, other = map(_drawn, _PROBES)
    return one != other


def _drawn(character: str) -> bytes:
    family = FONT.replace('"', "'")
    picture: bytes = vl_convert.svg_to_png(
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
        f'<text x="4" y="32" font-size="30" font-family="{family}">{character}</text></svg>'
    )
    return picture
