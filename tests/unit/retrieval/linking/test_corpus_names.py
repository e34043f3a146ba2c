"""The names of a corpus, written down whole and read again."""

import msgspec

from ragqa.datatypes import Card, CardAliases, Language
from ragqa.retrieval.linking.corpus_names import CorpusNames, NameTables

EN, KO, JA = Language.EN, Language.KO, Language.JA


def written_and_read(names: CorpusNames) -> CorpusNames:
    return CorpusNames.restored(msgspec.msgpack.decode(msgspec.msgpack.encode(names.tables()), type=NameTables))


def suffixes(names: CorpusNames, typed: str) -> list[tuple[str, int]]:
    """The texts that have a suffix beginning with what is typed, and where it begins in their key."""
    return [(form.text, start) for form, start in names.exact.between(typed, typed + "\U0010ffff")]


def changed_names() -> CorpusNames:
    """Names of which some came and went after the first were built."""
    names = CorpusNames(
        [
            Card(card_id="hole", names={EN: "Dark Hole", JA: "ブラック・ホール"}),
            Card(card_id="ash", names={EN: "Ash Blossom & Joyous Spring", KO: "하루 우라라"}, aliases={EN: ["Ash"]}),
        ],
        [CardAliases(card_id="moth", aliases={EN: ["Glimmy"]})],
    )
    names.put_card(Card(card_id="ruler", names={EN: "Dark Ruler No More"}))
    names.discard_card("hole")
    names.put_card(Card(card_id="hole", names={EN: "Dark Pit"}))
    return names


def test_read_names_are_found_as_those_written() -> None:
    names = written_and_read(changed_names())
    assert suffixes(names, "dark") == [("Dark Pit", 0), ("Dark Ruler No More", 0)]
    assert suffixes(names, "spring") == [("Ash Blossom & Joyous Spring", 16)]
    assert [form.text for form in names.exact.by_initials("drnm")] == ["Dark Ruler No More"]
    assert {run.form.text for run, _ in names.fuzzy.search("darkrulr", 0.7)} == {"Dark Ruler No More"}
    assert names.fuzzy.search("darkhole", 0.9) == names.fuzzy.search("ぶらつくほーる", 0.9) == []
    assert names.name("ash", KO) == "하루 우라라"
    assert names.names_of("ash") == ["Ash Blossom & Joyous Spring", "하루 우라라"]


def test_read_names_go_on_changing() -> None:
    names = written_and_read(changed_names())
    names.discard_card("ruler")
    names.put_card(Card(card_id="moth", names={EN: "Glimmerwick Moth"}))
    assert suffixes(names, "dark") == [("Dark Pit", 0)]
    assert names.exact.by_initials("drnm") == []
    assert names.fuzzy.search("darkrulr", 0.7) == []
    # The nickname had waited for its card.
    assert suffixes(names, "glimm") == [("Glimmerwick Moth", 0), ("Glimmy", 0)]
    assert {run.form.text for run, _ in names.fuzzy.search("glimerwick", 0.7)} == {"Glimmerwick Moth"}
    again = written_and_read(names)
    assert suffixes(again, "glimm") == suffixes(names, "glimm")


def test_no_names_are_written_and_read() -> None:
    assert suffixes(written_and_read(CorpusNames()), "a") == []
