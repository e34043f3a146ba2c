"""Japanese card texts: the numbered official style, older unnumbered texts, and the starter corpus's own wording."""

import re

from ragqa.grounding.effects.facts import Action, Deed, EffectType, OncePerTurn, Protection, Zone
from ragqa.grounding.effects.grammar import Grammar, Parts
from ragqa.grounding.effects.numbered import numbered_blocks, verb_final_actions

ZONES = (
    (Zone.EXTRA_DECK, re.compile("exデッキ|エクストラデッキ")),
    (Zone.DECK, re.compile("デッキ")),
    (Zone.HAND, re.compile("手札")),
    (Zone.GRAVEYARD, re.compile("墓地")),
    (Zone.BANISHED, re.compile("除外状態|除外されて|ゲームから除外")),
    (Zone.FIELD, re.compile("フィールド|場(?!合)|[^ァ-ヶ]ゾーン")),
)
_ZONE = r"(?:exデッキ|エクストラデッキ|デッキ|手札|墓地|除外状態|除外されている|フィールド(?:上)?|場)"
_LIST = rf"{_ZONE}(?:(?:・|、|か|や|または|及び|と|/)(?:自分の?|相手の?|お互いの)?{_ZONE})*"
_SOURCES = re.compile(rf"{_LIST}(?:の(?:一番)?(?:上|下))?から")
_HELD = re.compile(rf"{_LIST}(?:に(?:表側表示で)?(?:存在する|ある|いる)|にいる|の|カード)")
_UNDONE = re.compile(
    r"[ぁ-ん]?(?:した|しない|され|られ|れた|った|たカード|たモンスター|できない|できず"
    r"|(?:する)?(?:事|こと)(?:は|が)?(?:でき(?:ない|ず)|不可)|する(?:場合|度|時|際|には|効果)|ずに"
    r"|なければ|る効果|れない)"
)
DEEDS = (
    (Deed.TOKEN, re.compile(r"トークン[」_＿]*(?:\([^)]*\))?[^。●]{0,40}?特殊召喚")),
    (Deed.ADD_TO_HAND, re.compile("手札(?:に|へ)(?:加え|入れ)")),
    (Deed.DRAW, re.compile("ドロー(?=する|し|でき|させ|を行|。|、)|枚引[くき]")),
    (Deed.SPECIAL_SUMMON, re.compile("特殊召喚|(?:融合|シンクロ|エクシーズ|リンク|儀式|s|x|l|p)召喚(?=する|し|でき)")),
    (Deed.SEND_TO_GRAVEYARD, re.compile("墓地(?:へ|に)(?:送|置)")),
    (Deed.NEGATE_ACTIVATION, re.compile("発動(?:と(?:その)?効果)?を無効")),
    (Deed.NEGATE_SUMMON, re.compile("召喚を無効|召喚する際[^●]{0,60}無効")),
    (Deed.NEGATE_ATTACK, re.compile("攻撃(?:を|が)(?:1(?:度|回)だけ)?無効")),
    (Deed.NEGATE_EFFECT, re.compile("効果(?:は|を|が)?[^。●]{0,14}無効(?:化され(?=る|、)|に|化|と)")),
    (Deed.DESTROY, re.compile("破壊(?=する|し|でき|。|、)")),
    (Deed.BANISH, re.compile("除外(?=する|し|でき|。|、)")),
    (Deed.RETURN_TO_HAND, re.compile("手札(?:に|へ)(?:戻|返)")),
    (
        Deed.RETURN_TO_DECK,
        re.compile("デッキ(?:の(?:一番)?(?:上|下)(?:または(?:一番)?下|か下)?|・exデッキ)?(?:に|へ)(?:加え|戻|置)"),
    ),
    (Deed.TAKE_CONTROL, re.compile("コントロールを(?:得|移|入れ替え|奪)")),
    (Deed.FACE_DOWN, re.compile("裏側(?:守備)?(?:表示)?に(?:する|し|変え|でき|な)")),
    (Deed.CHANGE_POSITION, re.compile("表示形式を変更|(?:攻撃|守備)表示に(?:する|し|変え|でき|戻)")),
    (Deed.SET, re.compile("セット(?=する|し|でき)")),
    (Deed.EQUIP, re.compile("装備(?=する|し|でき|カード扱い)")),
    (Deed.PLACE, re.compile("置[くきけい]")),
    (Deed.DISCARD, re.compile("捨て")),
    (Deed.TRIBUTE, re.compile("リリース(?=する|し|でき)")),
    (Deed.DETACH, re.compile("素材[^。]{0,14}(?:取り除|外)")),
    (
        Deed.CHANGE_STATS,
        re.compile("(?:攻撃力|守備力|攻守)[^。●]*?(?:アップ|ダウン|にな|上が|下が|倍|半分|とな|入れ替え)"),
    ),
    (Deed.CHANGE_LEVEL, re.compile("(?:レベル|ランク)(?:を|が|は)[^。●、]*?(?:にな|上げ|下げ|上が|下が|にする)")),
    (Deed.DAMAGE, re.compile("ダメージを(?:相手に)?(?:与え|受け)")),
    (Deed.GAIN_LP, re.compile("回復")),
)
_ACTIVATION = re.compile(
    r"発動(?:できる|する(?:事|こと)(?:が|も)できる|する(?=。|\()|可能)|(?:時|場合|使用)に?(?:使える"
    r"|チェーンできる)|でチェーンできる"
)
_MARKED_COST = re.compile(
    r"[^。、:]*(?:を|が)コスト(?:に|として|で)?|[^。、:]*\(コスト\)|コスト(?:として|で|は|:)[^。、]*"
)
_CONDITION_END = re.compile(r"(?:時|場合|際|フェイズ|ターン|ステップ)(?:に|、|だけ)+")


def _actions(text: str, start: int, end: int, told: bool) -> list[Action]:
    return verb_final_actions(
        text, start, end, deeds=DEEDS, sources=_SOURCES, held=_HELD, undone=None if told else _UNDONE, zones=ZONES
    )


def _parts(text: str, start: int, end: int) -> Parts:
    sentence = text.find("。", start, end)
    first = end if sentence < 0 else sentence + 1
    activation = _ACTIVATION.search(text, start, first)
    if not activation:
        marked = _MARKED_COST.search(text, start, end)
        cost = marked.span() if marked else (start, start)
        return Parts((start, start), cost, (max(start, cost[1]), end), False)
    conditions = [match.end() for match in _CONDITION_END.finditer(text, start, activation.start())]
    split = conditions[-1] if conditions else start
    return Parts((start, split), (split, activation.end()), (activation.end(), end), True)


JAPANESE = Grammar(
    blocks=numbered_blocks,
    parts=_parts,
    actions=_actions,
    stated_types=(
        (EffectType.QUICK, re.compile("誘発即時")),
        (EffectType.TRIGGER, re.compile("誘発")),
        (EffectType.IGNITION, re.compile("起動")),
        (EffectType.CONTINUOUS, re.compile("永続効果|^[^:]{0,6}永続(?=[:(、])")),
        (EffectType.FLIP, re.compile("リバース効果")),
    ),
    response_quick=re.compile("発動(?:した|された|する)?時(?!点)|する際に|ターンでも(?:発動|使)|計算前まで"),
    quick=re.compile(
        "(?:自分・相手|お互い|自分か相手|相手|どちらの?)の?(?:ターン|(?:メイン|バトル)フェイズ"
        "|バトルステップ)(?:[1に中の及限]|でも)"
        "|ダメージ計算時[^。]*?発動できる"
    ),
    event=re.compile("(?<=た)(?:時|場合)|(?<!自分・相手の)(?:スタンバイ|エンド|ドロー)フェイズに|(?:終了|開始|宣言)時"),
    any_turn=re.compile("ターンでも(?:発動|使)"),
    trigger=re.compile("(?<=[たる])時|宣言時|(?:スタンバイ|エンド|ドロー)フェイズ|計算[時前後]|ステップに|する度に"),
    procedure=re.compile("特殊召喚(?:する事が|することが)?できる|召喚できる"),
    target=re.compile(
        "対象(?:として|とし|に(?:取|し|発動|、))|(?:カード|モンスター)を(?:[0-9]+[枚体])?選択して発動|対象を取り"
    ),
    no_target=re.compile("対象(?:は|を)(?:取ら|指定し)ない|対象を取る効果ではない"),
    mandatory=re.compile("発動する(?=。|\\()|強制"),
    when=re.compile("(?<!開始)(?<!終了)時(?:に|、|だけ)"),
    conditional=re.compile("場合(?:に|、)"),
    limits=(
        (OncePerTurn.NAME_ACTIVATION, re.compile("(?:カード名の|同名)カード(?:の発動)?は1ターンに?1(?:枚|度)")),
        (
            OncePerTurn.NAME,
            re.compile("(?:カード名|同名)[^。]*?1ターンに?、?(?:それぞれ|どちらか)?(?:[^。]{0,14})?1(?:度|回)"),
        ),
        (OncePerTurn.THIS_CARD, re.compile("1ターンに1度|毎ターン1回|1ターン1[回度]|ターンに1度")),
    ),
    protections=(
        (Protection.NO_RESPONSE, re.compile("(?:この[^。]*?発動に対して|この効果の発動に)[^。)]*?発動できない")),
        (Protection.NOT_NEGATED, re.compile("発動(?:と効果|及び効果)?は無効化されない")),
        (Protection.NOT_TARGETED, re.compile("効果の対象(?:に(?:でき|なら)ない|とならない)")),
        (Protection.UNAFFECTED, re.compile("効果を受けない")),
        (Protection.NOT_DESTROYED_BY_EFFECTS, re.compile("効果では?破壊されない")),
        (Protection.NOT_DESTROYED_BY_BATTLE, re.compile("戦闘(?:・効果)?では?破壊されない")),
    ),
    damage_step=re.compile("ダメージステップ|ダメージ計算"),
    places=(
        (
            Zone.HAND,
            re.compile(
                "手札(?:・フィールド|・墓地)?(?:の|から)[、]?(?:この|自身)|手札で使う|手札(?:か|・)場から"
                "|誘発即時効果[(、]手札|(?:この|自身)[^。]{0,8}手札から"
            ),
        ),
        (
            Zone.GRAVEYARD,
            re.compile(
                "墓地の(?:この|自身)|墓地から(?:この|自身)|カードを墓地から|墓地(?:に|で)|墓地へ送られた|墓地の自"
            ),
        ),
    ),
    zones=ZONES,
    response=re.compile(r"(?P<what>[^。●:]*?)(?:が発動|を(?:相手が)?発動|の発動)(?:した|された|して)?(?:その)?時"),
    response_includes=re.compile("(?P<what>以下のいずれかの効果|次のどれかの処理|[^。●:、]*?(?:効果|処理))を含む"),
    opponent=re.compile("相手が|相手の"),
    kinds=(
        ("spell", re.compile("魔法|カードの効果|(?<!モンスターの)(?<!魔法・罠)(?<!モンスター)効果を含む効果")),
        ("trap", re.compile("罠|カードの効果|効果を含む効果")),
        ("monster", re.compile("モンスターの?効果|カードの効果|効果モンスター|効果を含む効果")),
    ),
    cards_only=re.compile("(?:魔法|罠)カードが?(?:の発動)?"),
    choice=re.compile("以下の効果から[^。]*?選択して発動"),
)
