"""Joining what two sources tell of one card, ruling or rule: languages that the newer one lacks are kept. Pure."""

from collections.abc import Iterator, Mapping

import msgspec

from ragqa.datatypes import Card, CardAliases, Language, Rule, Ruling, Source

STALE_TRANSLATION = "English translation: the Japanese text differs now from what was translated"


def joined(current: Source, new: Source) -> Source:
    """Return the new source with what only the current one tells; sources of different kinds are not joined."""
    match current, new:
        case Card(), Card():
            return _joined_cards(current, new)
        case Ruling(), Ruling():
            return _joined_rulings(current, new)
        case Rule(), Rule():
            return msgspec.structs.replace(
                new, heading={**current.heading, **new.heading}, text={**current.text, **new.text}
            )
        case CardAliases(), CardAliases():
            return msgspec.structs.replace(new, aliases=_all_aliases(current.aliases, new.aliases))
    return new


def disagreements(current: Source, new: Source) -> Iterator[str]:
    """Yield the fields, such as `texts.ko`, that both tell and tell differently."""
    match current, new:
        case Card(), Card():
            pairs = {"names": (current.names, new.names), "texts": (current.texts, new.texts)}
        case Ruling(), Ruling():
            pairs = {"question": (current.question, new.question), "answer": (current.answer, new.answer)}
        case Rule(), Rule():
            pairs = {"text": (current.text, new.text)}
        case _:
            return
    for field, (before, after) in pairs.items():
        yield from (
            f"{field}.{lang}" for lang in Language if lang in before and lang in after and before[lang] != after[lang]
        )


def _joined_cards(current: Card, new: Card) -> Card:
    same = not any(disagreements(current, new))
    return msgspec.structs.replace(
        new,
        passcode=new.passcode or current.passcode,
        konami_id=new.konami_id or current.konami_id,
        names={**current.names, **new.names},
        aliases=_all_aliases(current.aliases, new.aliases),
        kind=new.kind or current.kind,
        facts={**current.facts, **new.facts},
        texts={**current.texts, **new.texts},
        valid_from=new.valid_from or (current.valid_from if same else None),
        source=_all_sources(current.source, new.source),
    )


def _joined_rulings(current: Ruling, new: Ruling) -> Ruling:
    texts = {
        field: {**getattr(current, field), **getattr(new, field)} for field in ("question", "detail", "answer", "also")
    }
    if current.lang in new.question:
        original = new
    else:
        # Only a translation is new: what the ruling is stays as the original says.
        original = msgspec.structs.replace(current, note=new.note)
    same_answer = original.answer.get(current.lang) == current.answer.get(current.lang)
    return msgspec.structs.replace(
        original,
        **texts,
        verdict=original.verdict or (current.verdict if same_answer else None),
        conditions=original.conditions or current.conditions,
        card_ids=list(dict.fromkeys([*original.card_ids, *new.card_ids])) or current.card_ids,
        # A source that does not know of withdrawals does not undo one.
        withdrawn=new.withdrawn or current.withdrawn,
        superseded_by=original.superseded_by or current.superseded_by,
        note=_note(current, new),
        tags=original.tags or current.tags,
    )


def _note(current: Ruling, new: Ruling) -> str:
    """Keep the doubts about a translation that stays, and doubt one whose original has changed."""
    if Language.EN in new.question or Language.EN not in current.question:
        return new.note or current.note
    changed = current.answer.get(Language.JA) != new.answer.get(Language.JA, current.answer.get(Language.JA))
    return STALE_TRANSLATION if changed and not current.note else current.note


def _all_aliases(current: Mapping[Language, list[str]], new: Mapping[Language, list[str]]) -> dict[Language, list[str]]:
    return {
        lang: list(dict.fromkeys([*current.get(lang, ()), *new.get(lang, ())]))
        for lang in Language
        if lang in current or lang in new
    }


def _all_sources(current: str, new: str) -> str:
    return ", ".join(sorted({name for both in (current, new) for name in both.split(", ") if name}))
