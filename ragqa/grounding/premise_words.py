"""How players say what a card does, and what its text would have to say then, in three languages."""

import re

from ragqa.datatypes import Language

Pattern = re.Pattern[str]
EN, KO, JA = Language.EN, Language.KO, Language.JA

# deed: (as players say it, as card texts say it), by language
_WORDS: dict[str, dict[Language, tuple[str, str]]] = {
    "draw": {
        EN: (r"\bdraws?\b|\bdrawing\b", r"draw"),
        KO: (r"드로우|[0-9] ?드로|[0-9]드(?![가-힣])|(?:카드|[0-9]장|한장|한 장) ?뽑", r"드로우|뽑"),
        JA: (r"ドロー|[0-9]枚引", r"ドロー|引く|引き|引い"),
    },
    "search": {
        EN: (
            r"\bsearch(?:es|ing)?\b|\badds? .{0,30}from (?:the |my |your |their )?deck|\bset .{0,20}from deck",
            r"deck",
        ),
        KO: (r"서치|덱에서 .{0,12}(?:가져|패에|집|리쿠)", r"덱"),
        JA: (r"サーチ|デッキから.{0,12}手札", r"デッキ"),
    },
    "revive": {
        EN: (r"\breviv(?:es?|ing)\b|comes? back from (?:the )?(?:gy|grave)", r"special summon"),
        KO: (r"자기 ?소생|소생하|부활", r"특수 ?소환"),
        JA: (r"自己蘇生|蘇生し|復活", r"特殊召喚"),
    },
    "special_summon": {
        EN: (r"\bspecial summons?\b", r"special summon"),
        KO: (r"특수 ?소환|특소", r"특수 ?소환|소환 조건"),
        JA: (r"特殊召喚|特召", r"特殊召喚"),
    },
    "negate": {
        EN: (r"\bnegat(?:es?|ing)\b", r"negat|unaffected|cannot activate|cannot be activated"),
        KO: (r"무효(?:로|화)", r"무효|받지 않|발동할 수 없"),
        JA: (r"無効", r"無効|受けない|発動できない"),
    },
    "destroy": {
        EN: (r"\bdestroys?\b|\bpops?\b", r"destroy"),
        KO: (r"파괴(?:하|시키)|깨는|부수", r"파괴"),
        JA: (r"破壊(?:する|して|できる)|割る|割れる", r"破壊"),
    },
    "banish": {
        EN: (r"\bbanish(?:es|ing)?\b", r"banish|remove"),
        KO: (r"제외(?![가-힣]{0,2} ?(?:안|못))", r"제외"),
        JA: (r"除外", r"除外"),
    },
    "damage": {
        EN: (r"\bburns?\b|\binflicts?\b|deals? .{0,12}damage", r"damage"),
        KO: (r"(?:데미지|대미지|번뎀|뎀지?)(?:를|을)? ?(?:주|준|줘|입히)|번뎀 ?(?:주|줘)", r"데미지|대미지"),
        JA: (r"ダメージ(?:を)?(?:与え|飛ば)|バーン", r"ダメージ"),
    },
    "gain_lp": {
        EN: (r"gains? .{0,8}(?:lp|life)|\bheals?\b", r"\blp\b|life points"),
        KO: (r"회복", r"회복|lp|기본 라이프"),
        JA: (r"回復", r"回復|lp"),
    },
    "discard": {
        EN: (r"\bdiscards?\b", r"discard|hand"),
        KO: (r"패(?:를| 다| 전부| [0-9]장)? ?(?:다 )?버리", r"버리|버린|버려|패[^.]{0,30}묘지"),
        JA: (r"手札[^、]{0,6}捨て|ハンデス", r"捨て|手札[^。]{0,30}墓地"),
    },
    "take_control": {
        EN: (r"\btakes? control|\bsteals?\b", r"control of|take control"),
        KO: (r"컨트롤을? ?(?:뺏|빼앗|얻|가져)|뺏는|빼앗", r"컨트롤"),
        JA: (r"コントロール(?:を)?(?:奪|得|取)|奪う|奪え", r"コントロール"),
    },
    "return_to_hand": {
        EN: (r"\bbounces?\b|returns? .{0,20}to (?:the |my |your |its owner's )?hand", r"hand"),
        KO: (r"바운스|패로 ?(?:되돌|돌아|돌려|회수)", r"패"),
        JA: (r"バウンス|手札に戻", r"手札|持ち主"),
    },
    "send_to_gy": {
        EN: (r"\bmills?\b|sends? .{0,20}to (?:the |my )?(?:gy|grave)", r"\bgy\b|graveyard"),
        KO: (r"묘지(?:로|에) ?(?:보내|보낸|묻)|덤핑", r"묘지"),
        JA: (r"墓地(?:に|へ)?送", r"墓地"),
    },
    "stats": {
        EN: (r"\b(?:gains?|loses?|boosts?|halves?) .{0,14}(?:atk|def)\b", r"\batk\b|\bdef\b"),
        KO: (r"공격력.{0,12}(?:올|오르|내리|깎|반|더)|공뻥", r"공격력|수비력"),
        JA: (r"攻撃力.{0,10}(?:アップ|ダウン|上が|下が|半分)", r"攻撃力|守備力|攻守"),
    },
    "set": {
        EN: (r"\bsets? (?:a|1|one)\b", r"\bset\b"),
        KO: (r"세트하는|세트할", r"세트"),
        JA: (r"セットする|セットできる", r"セット"),
    },
    "reveal": {
        EN: (r"\breveals?\b|shows? (?:their|your|my|his) hand|makes? .{0,10}show", r"reveal|look at|show|hand"),
        KO: (r"패(?:를)? ?(?:공개|보여|보는)", r"공개|보여|확인|패"),
        JA: (r"手札を?(?:公開|見せ|見る)", r"公開|見せ|確認|手札"),
    },
}


def _by_language(which: int) -> dict[Language, dict[str, Pattern]]:
    return {lang: {deed: re.compile(words[lang][which]) for deed, words in _WORDS.items()} for lang in Language}


CLAIM_WORDS = _by_language(0)
TEXT_WORDS = _by_language(1)

SENTENCE_END = {
    EN: re.compile(r"[?.!;\n]|, (?:can|does|do|is|will|could|if)\b"),
    KO: re.compile(r"[?.!\n]"),
    JA: re.compile(r"[?？。!\n]"),
}

CLAIMS: dict[Language, tuple[Pattern, ...]] = {
    EN: (
        re.compile(r"(?:'s)? (?P<claim>[^,]{0,70}?),? right\b"),
        re.compile(r" (?:also |only )?(?P<claim>[a-z]+s\b(?<!is)(?<!was)(?<!has)(?<!does)(?:(?! and )[^,]){0,50})"),
        re.compile(r"(?:'s|s) (?:second |gy |other )?(?P<claim>[^,]{0,40}?) effect\b"),
    ),
    KO: (
        re.compile(
            r"(?!을|를|로 (?!살린)|으로|에|와|과|랑|이랑|한테|처럼)"
            r"(?:의|은|는|이|가|도|란|로 살린 (?:몬스터|몹)(?:는|은))? ?(?P<claim>[^,]{0,60}?)"
            r"(?:잖|던데|다며|다면서|라며|지 ?않나|(?<![습합됩입])니까)"
        ),
        re.compile(
            r"(?!을|를|로|으로|에|와|과|랑|이랑|한테|처럼)(?:의|은|는|이|가|도)? ?"
            r"(?P<claim>[^,]{0,60}?[는을할던] ?(?:[0-9]번 ?)?효)"
        ),
        re.compile(r"(?:은|는|이|가) (?P<claim>[^,]{0,60}?(?:[는던]거|[는던] 거|는데|지$|죠$|하는 서치))"),
    ),
    JA: (
        re.compile(r"(?:って|は|の|が)(?P<claim>[^、]{0,50}?)(?:けど|だっけ|よね|よな|から|じゃん|のって)"),
        re.compile(r"(?:って|は|の|が)(?P<claim>[^、]{0,50}?効果)"),
        re.compile(r"(?:が|を)(?P<claim>[^、]{0,35}?)(?:した|する|す)(?:とき|時)"),
    ),
}
NUMBERED: dict[Language, Pattern] = {
    EN: re.compile(r"(?:'s|s)? (?:effect )?(?:#|number )?(?P<n>[2-9])(?:nd|rd|th) eff"),
    KO: re.compile(r"(?:의)? ?(?P<n>[2-9])번 ?효"),
    JA: re.compile(r"の(?P<n>[2-9])(?=は|の効|で|を|が|って|効果)"),
}
"""A numbered effect of the card, in folded text, where ② is 2."""
