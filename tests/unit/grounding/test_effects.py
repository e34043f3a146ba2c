"""Effects of cards described in our own words, with facts worked out by hand, the same in three languages."""

import msgspec
import pytest

from ragqa.datatypes import Card, Language
from ragqa.grounding.effects import Deed, Effect, EffectType, OncePerTurn, Protection, Timing, Zone, read_effects

EN, KO, JA = Language.EN, Language.KO, Language.JA
Does = tuple[Deed, frozenset[Zone]]


class Expected(msgspec.Struct, frozen=True):
    """One effect, by hand."""

    type: EffectType
    speed: int | None
    does: frozenset[Does]
    targets: bool = False
    timing: Timing | None = None
    limit: OncePerTurn | None = None


def does(*given: tuple[Deed, tuple[Zone, ...]]) -> frozenset[Does]:
    return frozenset((deed, frozenset(zones)) for deed, zones in given)


def described(kind: str, type_line: str, en: str, ko: str, ja: str) -> Card:
    return Card(
        card_id="00000001",
        kind=kind,
        names={EN: "Test"},
        facts={"type_line": type_line},
        texts={EN: en, KO: ko, JA: ja},
    )


CASES: dict[str, tuple[Card, list[Expected]]] = {
    "search when Summoned": (
        described(
            "monster",
            "Warrior / Effect",
            "If this card is Normal Summoned: You can add 1 Warrior monster from your Deck to your hand."
            ' You can only use this effect of "Test" once per turn.',
            "이 카드명의 ①의 효과는 1턴에 1번밖에 사용할 수 없다. ①: 이 카드를 일반 소환했을 경우에 발동할 수 있다."
            " 덱에서 전사족 몬스터 1장을 패에 넣는다.",
            "このカード名の①の効果は１ターンに１度しか使用できない。\n①：このカードを召喚した場合に発動できる。"
            "デッキから戦士族モンスター１体を手札に加える。",
        ),
        [
            Expected(
                EffectType.TRIGGER,
                1,
                does((Deed.ADD_TO_HAND, (Zone.DECK,))),
                timing=Timing.IF,
                limit=OncePerTurn.NAME,
            )
        ],
    ),
    "draw two": (
        described("spell", "Normal", "Draw 2 cards.", "①: 자신은 덱에서 2장 드로우한다.", "①：自分は２枚ドローする。"),
        [Expected(EffectType.ACTIVATION, 1, does((Deed.DRAW, (Zone.DECK,))))],
    ),
    "destroy a target": (
        described(
            "trap",
            "Normal",
            "Target 1 card on the field; destroy it.",
            "①: 필드의 카드 1장을 대상으로 하고 발동할 수 있다. 그 카드를 파괴한다.",
            "①：フィールドのカード１枚を対象として発動できる。そのカードを破壊する。",
        ),
        [Expected(EffectType.ACTIVATION, 2, does((Deed.DESTROY, ())), targets=True)],
    ),
    "negate and destroy": (
        described(
            "trap",
            "Counter",
            "When a Spell Card is activated: Pay 1000 LP; negate the activation, and if you do, destroy it.",
            "①: 마법 카드가 발동했을 때, 1000 LP를 지불하고 발동할 수 있다. 그 발동을 무효로 하고 파괴한다.",
            "①：魔法カードが発動した時、１０００LPを払って発動できる。その発動を無効にし破壊する。",
        ),
        [
            Expected(
                EffectType.ACTIVATION,
                3,
                does((Deed.NEGATE_ACTIVATION, ()), (Deed.DESTROY, ())),
                timing=Timing.WHEN,
            )
        ],
    ),
    "revive a target": (
        described(
            "spell",
            "Normal",
            "Target 1 monster in your GY; Special Summon it.",
            "①: 자신 묘지의 몬스터 1장을 대상으로 하고 발동할 수 있다. 그 몬스터를 특수 소환한다.",
            "①：自分の墓地のモンスター１体を対象として発動できる。そのモンスターを特殊召喚する。",
        ),
        [Expected(EffectType.ACTIVATION, 1, does((Deed.SPECIAL_SUMMON, (Zone.GRAVEYARD,))), targets=True)],
    ),
    "summon from hand or Deck": (
        described(
            "monster",
            "Beast / Effect",
            "During your Main Phase: You can Special Summon 1 Beast monster from your hand or Deck.",
            "①: 자신 메인 페이즈에 발동할 수 있다. 자신의 패 / 덱에서 야수족 몬스터 1장을 특수 소환한다.",
            "①：自分メインフェイズに発動できる。自分の手札・デッキから獣族モンスター１体を特殊召喚する。",
        ),
        [Expected(EffectType.IGNITION, 1, does((Deed.SPECIAL_SUMMON, (Zone.HAND, Zone.DECK))))],
    ),
    "mill as an effect, not as a cost": (
        described(
            "monster",
            "Zombie / Effect",
            "You can discard 1 card; send 1 Zombie monster from your Deck to the GY.",
            "①: 패를 1장 버리고 발동할 수 있다. 덱에서 언데드족 몬스터 1장을 묘지로 보낸다.",
            "①：手札を１枚捨てて発動できる。デッキからアンデット族モンスター１体を墓地へ送る。",
        ),
        [Expected(EffectType.IGNITION, 1, does((Deed.SEND_TO_GRAVEYARD, (Zone.DECK,))))],
    ),
    "mill as a cost": (
        described(
            "monster",
            "Machine / Effect",
            "You can send 1 card from your Deck to the GY; inflict 500 damage to your opponent.",
            "①: 덱에서 카드 1장을 묘지로 보내고 발동할 수 있다. 상대에게 500 데미지를 준다.",
            "①：デッキからカード１枚を墓地へ送って発動できる。相手に５００ダメージを与える。",
        ),
        [Expected(EffectType.IGNITION, 1, does((Deed.DAMAGE, ())))],
    ),
    "quick return": (
        described(
            "monster",
            "Fairy / Effect",
            "During the Main Phase (Quick Effect): You can target 1 card on their field; return it to the hand.",
            "①: 자신 / 상대의 메인 페이즈에, 상대 필드의 카드 1장을 대상으로 하고 발동할 수 있다."
            " 그 카드를 주인의 패로 되돌린다.",
            "①：自分・相手のメインフェイズに、相手フィールドのカード１枚を対象として発動できる。"
            "そのカードを持ち主の手札に戻す。",
        ),
        [Expected(EffectType.QUICK, 2, does((Deed.RETURN_TO_HAND, ())), targets=True)],
    ),
    "turn face-down": (
        described(
            "spell",
            "Quick-Play",
            "Target 1 face-up monster on the field; change that target to face-down Defense Position.",
            "①: 필드의 앞면 표시 몬스터 1장을 대상으로 하고 발동할 수 있다. 그 몬스터를 뒷면 수비 표시로 한다.",
            "①：フィールドの表側表示モンスター１体を対象として発動できる。そのモンスターを裏側守備表示にする。",
        ),
        [Expected(EffectType.ACTIVATION, 2, does((Deed.FACE_DOWN, ())), targets=True)],
    ),
    "banish from the GY": (
        described(
            "monster",
            "Fiend / Effect",
            "(Quick Effect): You can discard this card, then target 1 card in your opponent's GY; banish that target.",
            "①: 자신 / 상대 턴에, 이 카드를 패에서 버리고, 상대 묘지의 카드 1장을 대상으로 하여 발동할 수 있다."
            " 그 카드를 제외한다.",
            "①：自分・相手ターンに、このカードを手札から捨て、相手の墓地のカード１枚を対象として発動できる。"
            "そのカードを除外する。",
        ),
        [Expected(EffectType.QUICK, 2, does((Deed.BANISH, (Zone.GRAVEYARD,))), targets=True)],
    ),
    "leaves, then steals": (
        described(
            "monster",
            "Reptile / Effect",
            "When this card is destroyed: You can take control of 1 monster your opponent controls.",
            "①: 이 카드가 파괴되었을 때에 발동할 수 있다. 상대 필드의 몬스터 1장의 컨트롤을 얻는다.",
            "①：このカードが破壊された時に発動できる。相手フィールドのモンスター１体のコントロールを得る。",
        ),
        [Expected(EffectType.TRIGGER, 1, does((Deed.TAKE_CONTROL, ())), timing=Timing.WHEN)],
    ),
    "excavate and add": (
        described(
            "spell",
            "Normal",
            "Excavate the top 3 cards of your Deck, then add 1 of them to your hand.",
            "①: 자신의 덱 위에서 카드를 3장 넘긴다. 그 중에서 1장을 패에 넣는다.",
            "①：自分のデッキの上からカードを３枚めくる。その中から１枚を手札に加える。",
        ),
        [Expected(EffectType.ACTIVATION, 1, does((Deed.ADD_TO_HAND, (Zone.DECK,))))],
    ),
}
# Zones of what is destroyed, returned, flipped or taken follow from the target and are not compared here.
ZONED = {Deed.ADD_TO_HAND, Deed.DRAW, Deed.SPECIAL_SUMMON, Deed.SEND_TO_GRAVEYARD, Deed.BANISH}


def found(effect: Effect) -> Expected:
    done = frozenset(
        (action.deed, frozenset(action.sources) if action.deed in ZONED else frozenset[Zone]())
        for action in effect.actions
        if action.deed is not Deed.CHANGE_POSITION  # English says "change … to face-down Defense Position" in one
    )
    return Expected(effect.type, effect.speed, done, effect.targets, effect.timing, effect.once_per_turn)


@pytest.mark.parametrize("lang", list(Language))
@pytest.mark.parametrize("name", CASES)
def test_effects_are_those_worked_out_by_hand(name: str, lang: Language) -> None:
    card, expected = CASES[name]
    assert [found(effect) for effect in read_effects(card, lang) if effect.number] == expected


@pytest.mark.parametrize(
    ("lang", "words"),
    [(EN, "add 1 Warrior monster from your Deck to your hand"), (KO, "덱에서 전사족 몬스터 1장을 패에 넣는다"),
     (JA, "デッキから戦士族モンスター１体を手札に加える")],
)  # fmt: skip
def test_spans_are_places_in_the_text(lang: Language, words: str) -> None:
    card, _ = CASES["search when Summoned"]
    action = next(a for e in read_effects(card, lang) for a in e.actions)
    assert card.texts[lang][action.span.start : action.span.end] == words


def test_a_cost_is_not_an_action() -> None:
    card, _ = CASES["mill as a cost"]
    for lang in Language:
        effect = read_effects(card, lang)[0]
        assert effect.does(Deed.SEND_TO_GRAVEYARD) is None
        assert [(a.deed, a.sources) for a in effect.cost_actions] == [(Deed.SEND_TO_GRAVEYARD, (Zone.DECK,))]


def test_protections_and_both_parts_of_a_pendulum_card() -> None:
    card = described(
        "monster",
        "Dragon / Pendulum / Effect",
        "[ Pendulum Effect ]\nDuring your Main Phase: You can draw 1 card.\n[ Monster Effect ]\n"
        "This card cannot be targeted by card effects.",
        "【펜듈럼 효과】\n①: 자신 메인 페이즈에 발동할 수 있다. 자신은 1장 드로우한다.\n【몬스터 효과】\n"
        "①: 이 카드는 효과의 대상이 되지 않는다.",
        "【ペンデュラム効果】\n①：自分メインフェイズに発動できる。自分は１枚ドローする。\n【モンスター効果】\n"
        "①：このカードは効果の対象にならない。",
    )
    for lang in Language:
        pendulum, monster = read_effects(card, lang)
        assert (pendulum.pendulum, pendulum.speed, pendulum.does(Deed.DRAW) is not None) == (True, 1, True)
        assert (monster.pendulum, monster.type, monster.speed) == (False, EffectType.CONTINUOUS, None)
        assert monster.protections == {Protection.NOT_TARGETED}


def test_a_normal_monster_has_a_description_not_an_effect() -> None:
    assert (
        read_effects(described("monster", "Dragon / Normal", "It destroys all.", "모두 파괴한다.", "全てを破壊する。"))
        == []
    )
