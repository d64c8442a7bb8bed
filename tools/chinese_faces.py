"""Make the Chinese faces of the pages: `python tools/chinese_faces.py FOLDER`.

In FOLDER stand the packages `@fontsource-variable/noto-sans-sc` and `…/noto-serif-sc` as npm lays
them (`npm install --prefix FOLDER …`); call `pip install brotli` first. Of each face two files are
made: the characters that the pages say themselves, and those that people write beside them, the
3,755 most common ones (GB 2312, level 1). A browser loads the file of which a page shows a
character. `tests/web/test_faces.py` says when pages say a character that is in neither.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.pofile import read_po
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from sosie.core import country_names

WEB = Path(__file__).parent.parent / "src/sosie/web"
STATIC = WEB / "static"
STYLE = STATIC / "han.css"
FACES = {"sans": "Noto Sans SC", "serif": "Noto Serif SC"}
WEIGHT = 400
OWN_NAME = "中文"
"""What the language calls itself, at the foot of every page in any language: a file of its own, for
pages that say nothing else in Chinese."""
_OTHERS = "“”‘’—…·"
"""Signs that Latin has too; in Chinese they are as wide as a character."""
_WIDE = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
HEAD = "/* Made by tools/chinese_faces.py: Chinese beside the faces of style.css. */\n"


def said() -> set[str]:
    """Return the characters that the pages say in Chinese: messages, countries, days."""
    with (WEB / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        text = "".join(str(entry.string) for entry in read_po(file, locale="zh_Hans"))
    here = Locale("zh", "Hans")
    names = [
        here.territories[code] for code in dict(country_names.places()) if code in here.territories
    ]
    days = [
        *here.months["format"]["wide"].values(),
        *here.days["format"]["wide"].values(),
        "年月日",
    ]
    text += "".join((*names, *days, OWN_NAME))
    return set(re.findall(_WIDE, text)) | set(_OTHERS)


def common() -> set[str]:
    """Return the characters of GB 2312, level 1."""
    rows = (bytes((one, two)) for one in range(0xB0, 0xD8) for two in range(0xA1, 0xFF))
    return set(b"".join(rows).decode("gb2312", "ignore"))


def spelled(characters: set[str]) -> str:
    """Return characters as a `unicode-range`, runs of them together."""
    runs: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return ", ".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in runs)


def held() -> set[str]:
    """Return the characters that the faces hold, by their style sheet."""
    rules = STYLE.read_text(encoding="utf-8")
    ranges = re.findall(r'-said\.woff2"[^}]*unicode-range: ([^;]+);', rules)[0]
    found: set[str] = set()
    for first, last in re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", ranges):
        found |= {chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)}
    return found | common()


def style() -> str:
    """Return the style sheet that names the faces. What is named last is taken first."""
    kinds = {
        "more": "U+3000-303F, U+4E00-9FFF, U+FF00-FFEF",
        "said": spelled(said()),
        "name": spelled(set(OWN_NAME)),
    }
    rules = [
        f'@font-face {{ font-family: "{family}"; src: url("{_file(face, kind)}") format("woff2");'
        f" font-weight: {WEIGHT}; font-display: swap; unicode-range: {ranges}; }}\n"
        for face, family in FACES.items()
        for kind, ranges in kinds.items()
        if (face, kind) != ("serif", "name")
    ]
    return HEAD + "".join(rules)


def _file(face: str, kind: str) -> str:
    return f"noto-{face}-sc-{kind}.woff2"


def make(packages: Path) -> None:
    """Write the faces and their style sheet."""
    for face in FACES:
        folder = packages / f"node_modules/@fontsource-variable/noto-{face}-sc/files"
        kinds = {"said": said(), "more": common() - said()}
        for kind, wanted in (kinds | {"name": set(OWN_NAME)} if face == "sans" else kinds).items():
            font = _gathered(sorted(folder.glob("*-wght-normal.woff2")), wanted)
            font.flavor = "woff2"
            font.save(STATIC / _file(face, kind))
            print(f"{_file(face, kind)}: {len(wanted)} characters")
    STYLE.write_text(style(), encoding="utf-8")


def _gathered(parts: list[Path], wanted: set[str]) -> Any:
    """Return one font of some characters, which the package holds in a hundred files."""
    glyphs: dict[str, Any] = {}
    metrics: dict[str, Any] = {}
    names: dict[int, str] = {}
    for path in parts:
        part = TTFont(path)
        here = {code: name for code, name in part.getBestCmap().items() if chr(code) in wanted}
        if glyphs and not here.keys() - names.keys():
            continue
        part = instantiateVariableFont(part, {"wght": WEIGHT})
        first = {} if glyphs else {".notdef": ".notdef"}
        new = {f"uni{code:04X}": name for code, name in here.items() if code not in names}
        for name, own in {**first, **new}.items():
            glyphs[name], metrics[name] = part["glyf"][own], part["hmtx"][own]
            glyphs[name].expand(part["glyf"])
        names |= {code: f"uni{code:04X}" for code in here}
    if lacking := wanted - set(map(chr, names)):
        raise SystemExit(f"the packages have no {' '.join(sorted(lacking))}")
    font = FontBuilder(part["head"].unitsPerEm, isTTF=True)
    font.setupGlyphOrder([".notdef", *sorted(glyphs.keys() - {".notdef"})])
    font.setupCharacterMap(names)
    font.setupGlyf(glyphs)
    font.setupHorizontalMetrics(metrics)
    lines = {key: getattr(part["hhea"], key) for key in ("ascent", "descent", "lineGap")}
    font.setupHorizontalHeader(**lines)
    font.setupNameTable({"familyName": "", "styleName": ""})
    font.font["name"] = part["name"]
    font.font["OS/2"] = part["OS/2"]
    font.setupPost(keepGlyphNames=False)
    return font.font


if __name__ == "__main__":
    make(Path(sys.argv[1]))
