"""Title and end cards: the brief's words on screen, with no more time than a film of its length can spare."""

import re
from dataclasses import dataclass

from aiprod_agents.brief_reading.prose import without_quotes
from aiprod_agents.house_writer.lexicon import get_lexicon, tokenise
from memory.records import Attachment, Brief, Card, Requirement

_SHARE = 0.25
_LEAST = 1.5
_MOST = 3.0
_TITLE_LAST = re.compile(
    r"\b(?:title|titre)\s+(?:(?:comes?|appears?|is|arrive)\s+)?(?:only\s+)?(?:at|in|à)\s+(?:the\s+|la\s+)?(?:very\s+)?(?:end|close|fin)\b"
    r"|\b(?:ends?|closes?|finish(?:es)?)\s+(?:on|with)\s+the\s+title\b|\b(?:finit|termine|finir|terminer)\s+sur\s+le\s+titre\b",
    re.IGNORECASE,
)
_TITLED_KINDS = ("story", "journey", "portrait")


@dataclass(frozen=True)
class Cards:
    """The cards, and words that no card holds, which shots carry: `first` on the first, `over` on others in order."""

    title: Card | None = None
    end: Card | None = None
    over_first: str = ""
    over: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Time that the cards take."""
        return sum(card.seconds for card in (self.title, self.end) if card)


def plan_cards(brief: Brief, kind: str, room: float | None = None) -> Cards:
    """Lay the brief's words on cards and shots.

    A card stands only where the brief asks for words, a title or a logo, or where a tale has a title and 20 seconds.
    The last words go to the end card unless the brief puts them at the opening; the others lie over shots in order.

    Args:
        brief: whose words, title and logo they show.
        kind: the kind of film; a tale with a title wants a card for it.
        room: the seconds that cards must fill beside a shot list with its own seconds; None leaves them free.
    """
    if brief.title and brief.title not in brief.words_on_screen and _TITLE_LAST.search(without_quotes(brief.text)):
        last_words = (*brief.words_on_screen, brief.title)
        brief = brief.model_copy(update={"title": None, "words_on_screen": last_words})
    seconds = brief.seconds
    logo = _logo(brief)
    words = list(brief.words_on_screen)
    last = words.pop() if words and not _opens(brief, words[-1]) else None
    title_asked = brief.title is not None and (_asks(brief, brief.title) is not None or _is_tale(kind, seconds))
    wants_end = last is not None or logo is not None
    opening = next((one for one in words if _opens(brief, one)), "") if not title_asked else ""
    words = [one for one in words if one != opening]
    if room is not None:
        words = [opening, *words] if opening else words
        return _fill(brief, brief.title if title_asked else None, last, words, room)
    room = _SHARE * seconds
    end_seconds = min(_MOST, room, max(_LEAST, (0.55 if title_asked else 0.8) * room, _reading_seconds(last or "")))
    if title_asked:
        end_seconds = max(min(end_seconds, room - _LEAST), min(_LEAST, room))
    if not wants_end or end_seconds > 0.4 * seconds:
        over = [*words, last] if last else words
        end_seconds = 0.0
    else:
        over = words
    title_seconds = min(2.5, max(_LEAST, min(room - end_seconds, 2.2)))
    has_title = title_asked and end_seconds + title_seconds <= max(room, 0.3 * seconds) and seconds >= 6.0
    title = brief.title or ""
    return Cards(
        title=_card("title", (title,), round(title_seconds, 1), None, _ids(brief, title)) if has_title else None,
        end=_card("end", (last,) if last else (), round(end_seconds, 1), logo, _end_ids(brief, last))
        if end_seconds
        else None,
        over_first=title if title_asked and not has_title else opening,
        over=tuple(word for word in over if word),
    )


def _fill(brief: Brief, asked_title: str | None, last: str | None, words: list[str], room: float) -> Cards:
    """Cards that together last exactly `room` seconds; too little room puts the words over shots."""
    logo = _logo(brief)
    title, title_asked = asked_title or "", asked_title is not None
    wants_end = last is not None or logo is not None
    num_cards = min(int(title_asked) + int(wants_end), int(room / 0.8))
    has_end = wants_end and num_cards > 0
    has_title = title_asked and num_cards > int(has_end)
    if room > 0.5 and not (has_end or has_title):
        has_title, title = True, title or last or ""
    share = round(room / max(1, has_end + has_title), 3)
    return Cards(
        title=_card("title", (title,), share, None, _ids(brief, title)) if has_title else None,
        end=_card("end", (last,) if last else (), round(room - share * has_title, 3), logo, _end_ids(brief, last))
        if has_end
        else None,
        over_first=title if title_asked and not has_title else "",
        over=tuple([*words, last] if last and not has_end else words),
    )


def _logo(brief: Brief) -> Attachment | None:
    return next((attachment for attachment in brief.attachments if attachment.role == "logo"), None)


def _card(role: str, words: tuple[str, ...], seconds: float, logo: Attachment | None, covers: tuple[str, ...]) -> Card:
    return Card(
        id="S0" if role == "title" else "S999",
        role="title" if role == "title" else "end",
        words=words,
        seconds=seconds,
        logo=logo.sha256 if logo else None,
        covers=covers,
    )


def _asks(brief: Brief, words: str) -> Requirement | None:
    """The requirement of words on screen that cites these words."""
    return next((one for one in brief.requirements if one.kind == "words" and words in one.text), None)


def _ids(brief: Brief, words: str) -> tuple[str, ...]:
    return tuple(one.id for one in brief.requirements if one.kind == "words" and words and words in one.text)


def _end_ids(brief: Brief, last: str | None) -> tuple[str, ...]:
    logos = tuple(one.id for one in brief.requirements if one.kind == "must" and "logo" in one.text.lower())
    return tuple(dict.fromkeys(_ids(brief, last or "") + logos))


def _opens(brief: Brief, words: str) -> bool:
    """The brief puts these words at the film's opening."""
    asked = _asks(brief, words)
    if asked is None:
        return False
    lexicon = get_lexicon(brief.language)
    tokens = {word for word, _, _ in tokenise(asked.text)}
    return bool(tokens & set(lexicon.words["opening"])) and not tokens & set(lexicon.words["ending"])


def _is_tale(kind: str, seconds: float) -> bool:
    return kind in _TITLED_KINDS and seconds >= 20.0


def _reading_seconds(words: str) -> float:
    """Time to read words on a plain ground, at 13 characters a second after a first half second."""
    return 0.5 + len(words) / 13.0 if words else _LEAST
