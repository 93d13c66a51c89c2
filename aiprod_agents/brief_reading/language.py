"""Which language a brief is in, by its script and its commonest words; only English and French are read."""

import re
import unicodedata

from aiprod_agents.brief_reading.values import BriefError
from memory.records import Language

_WORDS: dict[str, str] = {
    "en": "the a an of and to in is are with on at it for from that this by as his her then we she he must no into",
    "fr": "le la les un une des du et dans est sont avec sur qui pour par que au aux il elle puis ne pas sans de en",
    "de": "der die das und ist ein eine nicht mit auf den im zu von dem des ich wir sie sich ohne bei nach",
    "es": "el la los las un una y en es con por que del al para su sin muy sobre como de hasta pero",
    "it": "il lo la gli le un una e di che in con per non del della al sul nel sono è si",
    "pt": "o a os as um uma e de do da em com por que não para no na ao sem é muito",
    "nl": "de het een en van in is met op te dat niet voor aan er zijn uit bij naar",
}
_NAMES = {"de": "German", "es": "Spanish", "it": "Italian", "pt": "Portuguese", "nl": "Dutch"}
_SCRIPTS = {
    "CYRILLIC": "a Cyrillic script", "GREEK": "Greek", "ARABIC": "Arabic", "HEBREW": "Hebrew", "THAI": "Thai",
    "CJK": "Chinese or Japanese", "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "HANGUL": "Korean",
    "DEVANAGARI": "an Indic script",
}  # fmt: skip
_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|«[^»\n]*»|`[^`\n]*`|!\[[^\]]*\]\([^)]*\)")
_ASK = "write it in English or French, or set up a language model that reads it"


def detect_language(text: str, asked: str | None) -> Language:
    """The language of a brief's prose; what stands in quotes may be in any.

    Raises:
        BriefError: another language, told by script or by at least four of its commonest words in clear majority.
    """
    if asked is not None:
        return _asked(asked)
    prose = _QUOTED.sub(" ", text)
    _refuse_script(prose)
    words = re.findall(r"[^\W\d_]+", prose.lower())
    counts = {code: sum(word in set(common.split()) for word in words) for code, common in _WORDS.items()}
    best = max(counts, key=lambda code: counts[code])
    ours = max(counts["en"], counts["fr"])
    if best in _NAMES and counts[best] >= 4 and counts[best] > 1.3 * ours:
        raise BriefError(f"the brief seems to be in {_NAMES[best]}: {_ASK}")
    return "fr" if counts["fr"] > counts["en"] else "en"


def _asked(asked: str) -> Language:
    code = asked.strip().lower()[:2]
    if code == "en":
        return "en"
    if code == "fr":
        return "fr"
    raise BriefError(f"the brief's field `language` is {asked!r}: use en or fr")


def _refuse_script(prose: str) -> None:
    letters = [letter for letter in prose if letter.isalpha()]
    foreign = [letter for letter in letters if not unicodedata.name(letter, "").startswith("LATIN")]
    if letters and len(foreign) > 0.3 * len(letters):
        family = unicodedata.name(foreign[0], "").split(" ")[0]
        raise BriefError(f"the brief is in {_SCRIPTS.get(family, 'another script')}: {_ASK}")
