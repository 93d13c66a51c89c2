"""Prose cut into lines and sentences, with Markdown's marks removed and quoted words kept whole."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_QUOTE = re.compile(r"\"([^\"\n]{1,200})\"|“([^”\n]{1,200})”|«\s*([^»\n]{1,200}?)\s*»|(?<!\w)'([^'\n]{2,120})'(?!\w)")
_END = re.compile(
    r"(?<=[.!?…]\x01[\"”»'])\s+(?=[A-ZÀ-Ý])|(?<=[.!?…]\x01\s»)\s+(?=[A-ZÀ-Ý])|(?<=[.!?…])[\"”»')]*\s+(?=[\w\"“«'(ÀÉÈ])|\n\s*\n|\n(?=\s*(?:[-*•]|\d{1,2}[.)]|#))"
)
_MARK = re.compile(r"^\s*(?:[-*•+]\s+|\d{1,2}[.)]\s+|>\s*)|[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_HEADING = re.compile(r"^#{1,6}\s*(.+?)\s*#*\s*$")
_SECTION_LABEL = re.compile(r"^\s*(?:\*\*)?([A-Za-zÀ-ÿ][\wÀ-ÿ' -]{1,28}?)\s*:\s*(?:\*\*)?\s*$")
_BARE_LABEL = re.compile(r"^\s*((?:the )?(?:shots|shot ?list|storyboard|découpage|liste des plans))\s*$", re.IGNORECASE)
_GENERIC_TITLES = {
    "brief",
    "film brief",
    "creative brief",
    "the brief",
    "video brief",
    "le brief",
    "film",
    "idea",
    "project",
}


@dataclass(frozen=True)
class Section:
    """Lines under one heading; the first has no heading. `level` is 1 for a document's title."""

    heading: str
    level: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines, joined."""
        return "\n".join(self.lines).strip()


def split_sections(text: str) -> list[Section]:
    """Cut Markdown at its headings and at lines that are only a label, such as `Shots:` or `Shot list`."""
    sections: list[Section] = []
    heading, level, lines = "", 0, list[str]()
    for line in text.split("\n"):
        mark = _HEADING.match(line) or _SECTION_LABEL.match(line) or _BARE_LABEL.match(line)
        if mark is None:
            lines.append(line)
            continue
        sections.append(Section(heading, level, tuple(lines)))
        heading, lines = mark[1].strip(" *_"), []
        level = len(line) - len(line.lstrip("#")) if line.startswith("#") else 9
    sections.append(Section(heading, level, tuple(lines)))
    return [section for section in sections if section.heading or section.text]


def title_of(sections: list[Section]) -> str | None:
    """The first heading of level 1, unless it only says that this is a brief."""
    for section in sections:
        if section.level == 1:
            title = re.sub(r"^(?:brief|film)\s*[:-]\s*", "", section.heading, flags=re.IGNORECASE).strip()
            return None if title.lower() in _GENERIC_TITLES else title
    return None


def split_sentences(text: str) -> list[str]:
    """Sentences in order, without list marks; quoted full stops do not end one."""
    sentences = []
    for part in _END.split(_shield(text)):
        clean = " ".join(_MARK.sub("", line) for line in part.split("\n"))
        clean = " ".join(_unshield(clean).split())
        if re.search(r"\w", clean):
            sentences.append(clean)
    return sentences


def quotes(text: str) -> list[tuple[str, int]]:
    """Every quoted string and where its opening mark stands."""
    return [(next(group for group in match.groups() if group), match.start()) for match in _QUOTE.finditer(text)]


def without_quotes(text: str) -> str:
    """The text with every quoted string blanked, lengths kept."""
    return _QUOTE.sub(lambda match: " " * len(match[0]), text)


def without_parts(text: str, parts: Iterable[str]) -> str:
    """The text without the parts, however its lines break, and without what they leave hanging (`about`, `( )`)."""
    for part in parts:
        words = r"\s+".join(re.escape(word) for word in part.split())
        text = re.sub(
            rf"(?:\b(?:about|around|roughly|exactly|some|environ|d['’]environ|pendant)\s+)?{words}", " ", text
        )
    return re.sub(r"\(\s*\)", " ", text)


def _shield(text: str) -> str:
    """Hide sentence ends inside quotes, so that they do not split."""
    return _QUOTE.sub(lambda match: re.sub(r"([.!?…])(?=\s|[^\s])", "\\1\x01", match[0]), text)


def _unshield(text: str) -> str:
    return text.replace("\x01", "")
