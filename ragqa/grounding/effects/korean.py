"""Korean card texts: the numbered official style, older unnumbered texts, and the starter corpus's own wording."""

import re

from ragqa.grounding.effects.facts import Action, Deed, EffectType, OncePerTurn, Protection, Zone
from ragqa.grounding.effects.grammar import Grammar, Parts
from ragqa.grounding.effects.numbered import numbered_blocks, verb_final_actions

_HAND = "(?<![가-힣])패(?=에|의|로|를|가|는|와|나|도|\\s|/|,|·|$)"
ZONES = (
    (Zone.EXTRA_DECK, re.compile("엑스트라 ?덱")),
    (Zone.DECK, re.compile("덱")),
    (Zone.HAND, re.compile(_HAND)),
    (Zone.GRAVEYARD, re.compile("묘지")),
    (Zone.BANISHED, re.compile("제외 상태|제외되어|제외된")),
    (Zone.FIELD, re.compile("필드|(?:몬스터|함정|펜듈럼) 존")),
)
_ZONE = f"(?:엑스트라 ?덱|덱|{_HAND}|묘지|제외 상태|제외되어 있는|필드)"
_LIST = f"{_ZONE}(?:\\s?(?:/|·|・|,|이나|또는|혹은|및|와|과|나)\\s?(?:자신의? |상대의? |서로의 |내 )?{_ZONE})*"
_SOURCES = re.compile(f"{_LIST}(?: (?:맨 )?위)?(?:에서|로부터)")
_HELD = re.compile(f"{_LIST}(?:에 (?:앞면 표시로 )?(?:존재하는|있는)|의|에 있는| 카드| 몬스터)")
_UNDONE = re.compile(
    "[가-힣]?(?:한(?!다)|했|된(?!다)|됐|되었|할 수 없|할 수는 없|하지|되지|지 않|지 못|할 때|하는 (?:효과"
    "|경우)|할 경우|하는 것|는 효과)"
    "|[가-힣]?(?:진|졌)|(?<=[낸린킨])(?!다)|수 없"
)
DEEDS = (
    (Deed.TOKEN, re.compile('토큰["＿]*(?:\\([^)]*\\))?[^.●]{0,40}?특수 소환')),
    (Deed.ADD_TO_HAND, re.compile(f"{_HAND}(?:에|로) (?:넣|더하|추가|가져)")),
    (Deed.DRAW, re.compile("드로우(?=한|하|할|해|했|시)|드로우$")),
    (Deed.SPECIAL_SUMMON, re.compile("특수 ?소환|(?:융합|싱크로|엑시즈|링크|의식|펜듈럼) 소환(?=한|하|할|해)")),
    (Deed.SEND_TO_GRAVEYARD, re.compile("묘지(?:로|에) ?(?:보내|보낸|보낼|덤핑|가져)")),
    (Deed.NEGATE_ACTIVATION, re.compile("발동(?:과 (?:그 )?효과)?을 무효")),
    (Deed.NEGATE_SUMMON, re.compile("소환을 무효|소환할 (?:시기|때)[^●]{0,60}무효")),
    (Deed.NEGATE_ATTACK, re.compile("공격(?:을|이) (?:1번(?:만)? )?무효")),
    (Deed.NEGATE_EFFECT, re.compile("효과(?:는|를|가)?[^.●]{0,16}무효(?:로|화| )")),
    (Deed.DESTROY, re.compile("파괴(?=한|하|할|해)")),
    (Deed.BANISH, re.compile("제외(?=한|하|할|해)")),
    (Deed.RETURN_TO_HAND, re.compile(f"{_HAND}(?:로|에) (?:되돌|돌려|돌아)")),
    (
        Deed.RETURN_TO_DECK,
        re.compile(
            "덱(?:의? ?맨? ?(?:위|아래)(?:(?:나| 또는) ?맨? ?아래)?|\\s?/\\s?엑스트라 덱)?(?:으로|에|로) "
            "(?:되돌|돌려|돌아|넣|보내|놓)"
        ),
    ),
    (Deed.TAKE_CONTROL, re.compile("컨트롤을 (?:얻|옮|바꾸|교체|서로)")),
    (Deed.FACE_DOWN, re.compile("뒷면 ?(?:수비)? ?(?:표시)?로 (?:한|하|할|해|바꾸|바꾼|만)")),
    (Deed.CHANGE_POSITION, re.compile("표시 형식을 변경|(?:공격|수비) 표시로 (?:한|하|할|해|바꾼|바꾸|되돌)")),
    (Deed.SET, re.compile("세트(?=한|하|할|해)")),
    (Deed.EQUIP, re.compile("장착(?=한|하|할|해| 카드로| 카드 취급)")),
    (Deed.PLACE, re.compile("놓[는고을아]|둔다|두고")),
    (Deed.DISCARD, re.compile("버리|버린|버려")),
    (Deed.TRIBUTE, re.compile("릴리스(?=한|하|할|해)")),
    (Deed.DETACH, re.compile("소재[^.]{0,14}(?:제거|떼)")),
    (
        Deed.CHANGE_STATS,
        re.compile("(?:공격력|수비력)[^.●]*?(?:올리|올린|내리|내린|오른|내려|된다|되고|높아|배로|절반|바꾼)"),
    ),
    (Deed.CHANGE_LEVEL, re.compile("(?:레벨|랭크)(?:을|를|은|이|가)[^.●,]*?(?:된다|올리|올린|내리|내린|취급)")),
    (Deed.DAMAGE, re.compile("데미지를 (?:상대에게 )?(?:준|주|줄|받|입)")),
    (Deed.GAIN_LP, re.compile("회복")),
)
_ACTIVATION = re.compile(
    "발동할 수 있다|발동한다(?=[.(])|발동(?=[.])|발동 가능|(?:체인|사용)할 수 있다|쓸 수 있다|쓴다"
)
_MARKED_COST = re.compile("[^.,:]*(?:을|를) 코스트(?:로)?|[^.,:]*\\(코스트\\)|코스트(?:로|는|:)[^.,]*")
_CONDITION_END = re.compile("(?:때|경우|시기|페이즈|턴|그때|스텝|시)(?:에만|에도|에|만|,)(?:,| )")


def _actions(text: str, start: int, end: int, told: bool) -> list[Action]:
    return verb_final_actions(
        text, start, end, deeds=DEEDS, sources=_SOURCES, held=_HELD, undone=None if told else _UNDONE, zones=ZONES
    )


def _parts(text: str, start: int, end: int) -> Parts:
    sentence = re.compile(r"\.(?:\s|$)").search(text, start, end)
    first = sentence.end() if sentence else end
    activation = _ACTIVATION.search(text, start, first)
    if not activation:
        marked = _MARKED_COST.search(text, start, end)
        cost = marked.span() if marked else (start, start)
        return Parts((start, start), cost, (max(start, cost[1]), end), False)
    conditions = [match.end() for match in _CONDITION_END.finditer(text, start, activation.start())]
    split = conditions[-1] if conditions else start
    return Parts((start, split), (split, activation.end()), (activation.end(), end), True)


KOREAN = Grammar(
    blocks=numbered_blocks,
    parts=_parts,
    actions=_actions,
    stated_types=(
        (EffectType.QUICK, re.compile("유발 ?즉시")),
        (EffectType.TRIGGER, re.compile("유발")),
        (EffectType.IGNITION, re.compile("기동")),
        (EffectType.CONTINUOUS, re.compile("지속 효과|^[^:]{0,6}지속(?=[:(,])")),
        (EffectType.FLIP, re.compile("리버스 효과")),
    ),
    response_quick=re.compile("발동했을 때|발동시에?|발동된 그때|할 시기|턴에도 (?:발동|사용)|계산 전까지"),
    quick=re.compile(
        "(?:자신 / 상대|자신 또는 상대|서로|양쪽|상대)의? ?(?:턴|(?:메인|배틀) 페이즈|배틀 스텝)(?: ?[12에의,중및]| 종)"
        "|데미지 계산시[^.]*?발동할 수 있다"
    ),
    event=re.compile(
        "[았었했됐렸졌갔섰왔냈났켰쳤줬였겼]을 (?:때|경우)|(?<!상대의 )(?<!상대 )(?:스탠바이|엔드|드로우) "
        "페이즈에|종료시|개시시|선언시"
    ),
    any_turn=re.compile("턴에도 (?:발동|사용)"),
    trigger=re.compile("을 때|선언시|(?:스탠바이|엔드|드로우) 페이즈|계산 ?[시전후]|스텝에|때마다"),
    procedure=re.compile("특수 소환할 수 있다|소환할 수 있다"),
    target=re.compile(
        "대상으로 (?:하|지정|발동|삼)|대상으로(?=,| )|(?:카드|몬스터)를? ?(?:[0-9]+장)?을? 선택하고 발동"
    ),
    no_target=re.compile(
        "대상(?:을|은)? ?(?:지정)?(?:하지|으로 하지) ?않|대상 지정(?:은|이)? ?(?:없|아)|대상(?:은)? ?없"
    ),
    mandatory=re.compile("발동한다(?=[.(])|강제"),
    when=re.compile("때(?:에|,| )"),
    conditional=re.compile("경우(?:에|,| )"),
    limits=(
        (
            OncePerTurn.NAME_ACTIVATION,
            re.compile("(?:카드명의|이름의|동명) 카드(?:의 발동)?(?:는|은) (?:1턴에|턴당) 1(?:장|번)"),
        ),
        (OncePerTurn.NAME, re.compile("(?:카드명|이름)[^.]*?(?:1턴에|턴당)[^.]{0,14}?1번")),
        (OncePerTurn.THIS_CARD, re.compile("턴에 1번|매 턴 1번|턴당 1번")),
    ),
    protections=(
        (Protection.NO_RESPONSE, re.compile("발동에 대하여[^.)]*?발동할 수 없다")),
        (Protection.NOT_NEGATED, re.compile("발동(?:과 효과| 및 효과)?(?:은|는) 무효화되지 않")),
        (Protection.NOT_TARGETED, re.compile("효과의 대상(?:으로 할 수 없|이 되지 않)")),
        (Protection.UNAFFECTED, re.compile("효과를 받지 않")),
        (Protection.NOT_DESTROYED_BY_EFFECTS, re.compile("효과로는? 파괴되지 않")),
        (Protection.NOT_DESTROYED_BY_BATTLE, re.compile("전투(?: / 효과)?로는? 파괴되지 않")),
    ),
    damage_step=re.compile("데미지 (?:스텝|계산)"),
    places=(
        (
            Zone.HAND,
            re.compile(
                "패(?: / 필드| / 묘지)?(?:의|에서) (?:이 카드|자신)|패에서 쓰는|이 카드를 패에서|유발 "
                "?즉시[^.]{0,6}패|패의 이 카드"
            ),
        ),
        (Zone.GRAVEYARD, re.compile("묘지의 이 카드|묘지에서 (?:이|자신)|이 카드를 묘지에서|묘지에 |묘지로 보내졌")),
    ),
    zones=ZONES,
    response=re.compile(
        "(?P<what>[^.●:]*?)(?:가 발동|이 발동|을 (?:상대가 )?발동|를 (?:상대가 )?발동|의 발동)(?:했을|한|된)"
        "? ?(?:그)?때"
    ),
    response_includes=re.compile(
        "(?P<what>이하의 어느 효과|아래 처리 중 하나|[^.●:,]*?(?:효과|처리))(?:를|라도|을) 포함하는"
    ),
    opponent=re.compile("상대가|상대의"),
    kinds=(
        ("spell", re.compile("마법|카드의 효과|포함하는 효과")),
        ("trap", re.compile("함정|카드의 효과|포함하는 효과")),
        ("monster", re.compile("몬스터의? 효과|카드의 효과|포함하는 효과")),
    ),
    cards_only=re.compile("(?:마법|함정) 카드가"),
    choice=re.compile("이하의 효과에서[^.]*?선택(?:하고|하여) 발동|이하의 효과 중[^.]*?선택하고 발동"),
)
