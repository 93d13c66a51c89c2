"""What the brief asks of the look: palette, style and mood, each told apart, for only colours are measured."""

import re
from dataclasses import dataclass
from typing import Literal

from aiprod_agents.brief_reading.prose import without_quotes
from memory.records import Language

Span = tuple[int, int]
Kind = Literal["must", "never", "seconds", "aspect", "words", "palette", "style", "subject", "setting", "mood"]

_PALETTE = re.compile(
    r"\b(?:palette|colou?rs?|couleurs?|tones|tons|teintes|colou?r scheme|shades|hues|#[0-9a-f]{6})\b|"
    r"#[0-9a-f]{6}\b",
    re.IGNORECASE,
)
_COLOUR_NAMES = (
    r"red|orange|yellow|green|teal|blue|purple|pink|white|black|grey|gray|gold|silver|brown|beige|turquoise|violet|"
    r"rouge|jaune|vert|bleu|rose|blanc|noir|gris|doré|argent|brun"
)
_COLOUR = re.compile(rf"\b(?:{_COLOUR_NAMES})(?:e?s)?\b", re.IGNORECASE)
_SHADE = re.compile(
    r"\b(?:warm|cool|cold|muted|vivid|dusty|faded|saturated|desaturated|bright|pale|dark|deep|light|"
    r"chaud|froid|vif|vive|pâle|sombre|clair|sourd|éteint)e?s?\b",
    re.IGNORECASE,
)
"""What is said of the colours that are named right behind it: `muted, dusty tones`."""
_ONLY_COLOURS = re.compile(
    rf"^\W*(?:(?:in|only|just|mostly|all|dark|pale|light|deep|en|que du|tout en)\W+)*(?:{_COLOUR_NAMES})\b"
    rf"(?:\W+(?:and|et|or|with|only|just|on|seulement|sur|avec|dark|pale|light|deep|{_COLOUR_NAMES})\b)*\W*$",
    re.IGNORECASE,
)
"""A sentence of nothing but colours: `Blue and white only.`"""
_MOOD = re.compile(
    r"\b(?:mood|tone|feel(?:ing)?|atmosphere|vibe|ambiance|ton|atmosphère|humeur|esprit)\b", re.IGNORECASE
)
_MOOD_LENGTH = 160
_SAYS_STYLE = re.compile(
    r"\bstyl(?:e|es|i[sz]ed|isée?s?)\b(?<!in style)(?<!with style)(?<!has style)|\bin the manner of\b|"
    r"\blook(?: of\b|\s*:)|\bà la manière d|\b(?:film|animation|drawing|art)[- ]technique\b|"
    r"\bin (?:black[- ]and[- ]white|monochrome|ink|watercolou?rs?|gouache|pastels?|charcoal|stop[- ]motion|"
    r"woodcut|blueprint|linocut|"
    r"(?:paper )?cut[- ]?(?:paper|outs?))\b|"
    r"\ben (?:noir et blanc|aquarelle|gouache|pastel|gravures? sur bois|"
    r"linogravure|bleu d'architecte|papiers? découpés?)\b",
    re.IGNORECASE,
)
_STYLE_NAMES: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:film noir|noir|neon|ink|inked|black[- ]and[- ]white|monochrome|flat|flat design|vector|graphic|minimal|"
        r"minimalist|illustrat(?:ed|ion)|poster|cartoon|cartoonish|animated|animation|anime|comic|geometric|"
        r"paper[- ]?(?:cut(?:[- ]?outs?)?|craft|theatre)?|cut[- ]?outs?|cut[- ]paper|collage|origami|handmade|"
        r"storybook|stop[- ]motion|claymation|felt|pastel|pastels|watercolou?rs?|gouache|chalk|crayon|pencil|charcoal|"
        r"sketch|sketched|oil paint(?:ing)?|painterly|hand[- ](?:painted|drawn)|line[- ](?:art|drawing)|impressionist|"
        r"expressionist|gothic|silhouettes?|high contrast|cyberpunk|synthwave|retrowave|vaporwave|futuristic|"
        r"pixel[- ]art|woodcuts?|wood[- ]?blocks?(?: prints?)?|wood engravings?|linocuts?|engravings?|"
        r"blueprints?|technical drawings?|cyanotypes?|photo-?realis(?:m|tic)|realistic(?! colou?rs?\b)|cinematic)\b",
        re.IGNORECASE,
    ),
    "fr": re.compile(
        r"\b(?:film noir|noir et blanc|monochrome|encre|aplats?|vectoriel(?:le)?s?|graphique|minimaliste|illustration|"
        r"affiche|dessin animé|bande dessinée|géométrique|papiers?(?: découpés?)?|collage|origami|fait main|artisanal|"
        r"pastels?|aquarelles?|lavis|gouache|gravures?(?: sur bois)?|xylographie|linogravure|estampes?|"
        r"bleus? d'architecte|plans? d'architecte|dessins? techniques?|cyanotypes?|"
        r"craie|crayon|fusain|esquisse|impressionniste|expressionniste|gothique|"
        r"silhouettes?|néons?|cyberpunk|fluorescent|futuriste|réaliste)\b",
        re.IGNORECASE,
    ),
}
_FILLER = re.compile(
    r"\b(?:an?|the|all|in|of|on|as|with|and|or|like|made|done|drawn|shot|art|film|video|look|looks?|feel|soft|simple|clean|classic|"
    r"une?|le|la|les|l|du|de|des|d|en|à|au|et|ou|avec|comme|fait|dessiné|tout|film|doux)\b",
    re.IGNORECASE,
)
_JOIN = re.compile(r"\s*[,;:]\s+|\s+(?:and|et|with|avec)\s+|\s+(?=(?:in|en)\s)", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """One thing asked, before it is numbered."""

    kind: Kind
    text: str


def file_looks(part: str, language: Language) -> list[Asked]:
    """What a sentence, or the part of one that forbids nothing, asks of the look; nothing where it tells the tale."""
    bare = without_quotes(part)
    plain = _STYLE_NAMES[language].sub("", bare)
    if _PALETTE.search(bare) or _ONLY_COLOURS.match(bare):
        return part_look(part, "palette", language)
    if _MOOD.search(bare) and len(bare) < _MOOD_LENGTH:
        return part_look(part, "mood", language)
    is_bare_style = plain != bare and not re.search(r"\w", _FILLER.sub("", plain))
    return [Asked("style", part)] if is_bare_style or _SAYS_STYLE.search(bare) else []


def part_look(words: str, kind: Literal["palette", "mood"], language: Language) -> list[Asked]:
    """Words of one kind, with what they say of style filed as style: parted where they can be, else under both."""
    runs = [
        (kinds, words[min(start for start, _ in spans) : max(end for _, end in spans)].strip(" ,;:"))
        for kinds, spans in _runs(words, kind, language)
    ]
    if not any("style" in kinds for kinds, _ in runs):
        return [Asked(kind, words)]
    whole = [] if any(kind in kinds for kinds, _ in runs) else [Asked(kind, words)]
    return whole + [Asked(one, text) for kinds, text in runs for one in kinds]


def file_style(words: str, language: Language) -> list[Asked]:
    """Words that are said to be of style, filed as palette too where they name colours."""
    plain = _STYLE_NAMES[language].sub("", words)
    return [Asked("style", words), *([Asked("palette", words)] if _names_colours(plain) else [])]


def _names_colours(plain: str) -> bool:
    return bool(_PALETTE.search(plain) or _COLOUR.search(plain))


def _runs(
    words: str, kind: Literal["palette", "mood"], language: Language
) -> list[tuple[tuple[Kind, ...], list[Span]]]:
    """Neighbouring pieces of the same kinds; a piece that says nothing goes with the one before it, or behind it."""
    bare, spans = without_quotes(words), _pieces(words, language)
    runs: list[tuple[tuple[Kind, ...], list[Span]]] = []
    said = [_kinds(bare[slice(*span)], kind, language) for span in spans]
    for index in reversed(range(len(spans) - 1)):
        if not said[index] and said[index + 1] == ("palette",) and _SHADE.search(bare[slice(*spans[index])]):
            said[index] = said[index + 1]
    for kinds, span in zip(said, spans, strict=True):
        if runs and (kinds in ((), runs[-1][0]) or not runs[-1][0]):
            runs[-1] = (kinds or runs[-1][0], [*runs[-1][1], span])
        else:
            runs.append((kinds, [span]))
    return runs


def _kinds(piece: str, kind: Literal["palette", "mood"], language: Language) -> tuple[Kind, ...]:
    has_style = bool(_STYLE_NAMES[language].search(piece) or _SAYS_STYLE.search(piece))
    plain = _STYLE_NAMES[language].sub("", piece)
    has_kind = bool(_MOOD.search(piece)) if kind == "mood" else _names_colours(plain)
    said: tuple[tuple[Kind, bool], ...] = ((kind, has_kind), ("style", has_style))
    return tuple(one for one, is_said in said if is_said)


def _pieces(words: str, language: Language) -> list[Span]:
    """Where words part at commas and conjunctions, but not inside a style's name: `black and white` is one."""
    bare = without_quotes(words)
    names = [match.span() for match in _STYLE_NAMES[language].finditer(bare)]
    joins = [one for one in _JOIN.finditer(bare) if not any(start < one.start() < end for start, end in names)]
    starts, ends = [0, *(one.end() for one in joins)], [*(one.start() for one in joins), len(words)]
    return list(zip(starts, ends, strict=True))
