"""The whole-question forms, by language, over folded templates in which a card is one private-use character.

A form must cover the question from its first to its last character: whatever else a question says may change what is
asked, and then no rule answers. Groups: x the card used, y the card it meets, xe/ye "effect" said of one, xn/yn the
number of the effect.
"""

import re

from ragqa.datatypes import Language

_C = "[\ue000-\ue009]"

# English
_X = rf"(?:(?:the|my|an?) )?(?P<x>{_C})(?P<xe>(?:'?s)?(?: monster)? (?:eff(?:ect)?)(?: from (?:my|the|your) hand)?)?"
_Y = (
    r"(?:(?:the|an?|my|his|her|their|opp'?s?|(?:my |your |the )?opponent'?s) )*"
    rf"(?:(?P<ye1>effect(?: activation)?|activation|activated effect) of (?:the )?)?(?P<y>{_C})"
    r"(?P<ye>(?:'?s)?(?: monster)? (?:eff(?:ect)?)(?: activation)?)?(?:'?s activation| activation)?"
)
_WHO = "(?:i|you|we|he|she|they|one|opp|my opp|(?:my |your |the )?opponent)"
_CAN = (
    f"(?:so |ok |hey |quick question,? )?(?:(?:can|could|may) {_WHO}|(?:am i|are you) (?:allowed|able) to"
    f"|is it (?:legal|possible|ok|okay|allowed) (?:for me )?to)"
)
_USE = "(?:activate|use|chain|play|drop|throw|toss|discard|respond with)"
_CHAINED = "(?:in response to|in a chain to|as a response to)"
_TO = "(?:to|in response to|against|on|vs|versus|in a chain to|as a response to|onto|at)"
_DONE = "(?:activates?|activated|plays?|played|uses?|used|flips?|flipped|casts?|resolves|chains?|drops?)"

ENGLISH = (
    ("chain", rf"{_CAN} {_USE} (?:the effect of )?{_X} {_CHAINED} {_Y}"),
    ("chain", rf"{_CAN} chain (?:the effect of )?{_X} to {_Y}"),
    ("chain", rf"can {_X} be (?:(?:activated|used) {_CHAINED}|chained to) {_Y}"),
    ("respond", rf"{_CAN} {_USE} (?:the effect of )?{_X} {_TO} {_Y}"),
    ("respond", rf"{_CAN} (?:respond|chain) to {_Y} (?:with|by using|using) {_X}"),
    ("respond", rf"{_CAN} (?P<x>{_C}) {_Y}"),
    (
        "respond",
        rf"(?:when |if )?(?:my |the |your )?(?:opp|opponent|he|she|they|i|you) {_DONE} {_Y},? (?:and |then )"
        rf"?(?:{_CAN}|may i) "
        rf"(?:(?P<x>{_C}) (?:it|that|them)|{_USE} (?P<x2>{_C})(?: (?:to|on|in response(?: to)?|against)(?: it| "
        rf"that)?)?)",
    ),
    ("respond", rf"can {_X} be (?:activated|used|chained) {_TO} {_Y}"),
    ("respond", rf"(?:is|would) {_X} (?:be )?(?:legal|ok|okay|usable|playable) {_TO} {_Y}"),
    ("respond", rf"(?:can|does|will|would) {_X} (?:respond to|chain to|work on|work against|hit) {_Y}"),
    ("stop", rf"(?:can|does|will|would|do) {_X} (?:negate|stop) {_Y}"),
    ("target_with", rf"{_CAN} {_USE} {_X} (?:to target|targeting|to (?:flip|turn) face-down) {_Y}"),
    ("target_with", rf"can {_X} (?:target|flip) {_Y}"),
    ("targets", rf"does {_X} target(?: when (?:it(?:'s| is) )?activated)?"),
    (
        "targets",
        rf"is {_X} a targeting (?:effect|card)|is {_X.replace('<x>', '<x2>').replace('<xe>', '<xe2>')} targeting",
    ),
    ("damage_step", rf"{_CAN} {_USE} {_X} (?:in|during) the damage step"),
    ("damage_step", rf"can {_X} be (?:activated|used) (?:in|during) the damage step"),
)

# Japanese
_XJ = (
    rf"(?:自分は|手札の|手札から|自分の|こちらの)*(?P<x>{_C})(?P<xe>の(?:『?\((?P<xn>\d)\)』?の?)"
    rf"?(?:モンスター)?(?:の?効果)?)?"
)
_YJ = (
    rf"(?:相手が|相手の|相手は)*(?P<y>{_C})"
    r"(?P<ye>の?(?:『?\((?P<yn>\d)\)』?の?)?(?:モンスター|ペンデュラム)?の?効果)?(?P<yc>のカード)?"
)
_CANJ = (
    "(?:でき|出来)(?:ますか|る|るの|るか|るかな|ますかね|ますでしょうか)|(?:する)?(?:こと|事)(?:は|が)"
    "?でき(?:ますか|る|るの)"
)
_WITHJ = "(?:の発動)?(?:に対して|にチェーンして|に|へ|にチェーンで|を発動した時|を発動した際|が発動した時|の発動時)"
_CHAINEDJ = "(?:の発動にチェーンして|にチェーンして|を発動した時|を発動した際|が発動した時|の発動時)"
_PLAYJ = (
    "(?:打て|撃て|うて|使え|投げられ|投げれ|投げ込め|当てられ|当てれ|合わせられ)(?:る|ますか|る(?:の|ん)"
    "(?:ですか)?|ます)"
)
_MAYJ = (
    "(?:打って|撃って|うって|使って|投げて|当てて|チェーンして|発動して)も?(?:いい|良い|ok|大丈夫)(?:の"
    "|ですか|んですか|か)?"
)
_HITSJ = (
    "(?:当た|刺さ|効|通|止ま)(?:る|りますか|きますか|く|ります|るの|る(?:ん)?ですか|くの)|(?:いけ|行け)"
    "(?:る|ますか)|有効|ok|可能(?:ですか)?"
)

_ACTIVATEDJ = rf"(?:を|は|って)?(?:チェーンして|チェーン)?(?:を)?(?:発動|使用|チェーン)(?:を)?(?:する)?(?:{_CANJ})"

JAPANESE = (
    ("chain", rf"{_YJ}{_CHAINEDJ}、?(?:チェーンして)?、?{_XJ}{_ACTIVATEDJ}"),
    ("respond", rf"{_YJ}{_WITHJ}、?(?:チェーンして)?、?{_XJ}{_ACTIVATEDJ}"),
    ("respond", rf"{_XJ}(?:を|は|って){_YJ}{_WITHJ}(?:発動|使用|チェーン)?(?:して)?(?:{_CANJ}|{_PLAYJ})"),
    ("respond", rf"{_YJ}{_WITHJ}、?{_XJ}(?:を|は|って|が)?(?:{_PLAYJ}|{_HITSJ}|{_MAYJ})"),
    ("stop", rf"{_YJ}(?:を|は|って){_XJ}で(?:止められ|止めれ|無効に(?:でき|出来))(?:る|ますか|るの)"),
    ("target_with", rf"{_YJ}を対象(?:として|に|にして)、?{_XJ}を発動(?:{_CANJ})"),
    ("target_with", rf"{_YJ}を{_XJ}の対象に(?:{_CANJ}|取れますか|取れる)"),
    (
        "targets",
        rf"{_XJ}(?:は|って)対象(?:を|に)(?:取る|とる|取り|とり)(?:効果)?(?:ますか|の|んですか|ですか|効果ですか"
        rf"|効果なの)?",
    ),
    ("damage_step", rf"{_XJ}(?:を|は)ダメージステップ(?:に|で|中に)(?:も)?(?:発動|使用)(?:する)?(?:{_CANJ})"),
    (
        "damage_step",
        rf"ダメージステップ(?:に|で|中に)(?:も)?{_XJ}(?:を|は|って)(?:(?:発動|使用)(?:する)?(?:{_CANJ})|{_PLAYJ})",
    ),
)

# Korean
_XK = rf"(?:패의 |손패? ?의? |패에서 |내 )?(?P<x>{_C})(?P<xe>(?:의)? ?(?:\(?(?P<xn>\d)\)?번? ?)?(?:몬스터 )?효과)?"
_YK = (
    rf"(?:상대가 |상대의? |상대방(?:이|의) )?(?P<y>{_C})"
    r"(?P<ye>(?:의)? ?(?:\(?(?P<yn>\d)\)?번? ?)?(?:몬스터 )?효과)?"
)
_WITHK = (
    "(?:(?:의)? ?발동)?(?:에|에다|에다가|에 대해서?|에 대하여|에 대응(?:해서|하여)|한테|을 발동했을 때"
    "|를 발동했을 때|발동시|에 체인(?:해서|하여|으로))"
)
_CANK = (
    "(?:되나요?|됩니까|되요|돼요?|됨|되냐|되니|되남|됩니다|되는지|되는지요|가능(?:한가요?|함|하나요"
    "|합니까|할까요)?|할 수 있(?:나요?|음|습니까|어요?|을까요?)"
    "|쓸 ?수 ?있(?:나요?|음|냐|어요?|습니까)|던질 ?수 ?있(?:나요?|음|냐|어요?)|(?:쓰|던지|날리|써|던져)"
    "(?:는 ?거|도)? ?(?:되|돼|됨|가능)[가-힣]{0,3}"
    "|맞(?:나요|음|아요?|습니까|냐|추면 되나요)|먹(?:히나요?|힘|혀요?|히냐)|통하(?:나요?|냐)|ㄱㄴ)"
)

_CHAINEDK = "(?:(?:의)? ?발동에|에) 체인(?:해서|하여|으로)"

KOREAN = (
    ("chain", rf"{_YK}{_CHAINEDK},? ?{_XK}(?:를|을|로|는|은|가|이)? ?(?:발동|사용)(?:을|를|해도|하는 ?거)? ?{_CANK}"),
    ("chain", rf"{_YK}(?:의 발동)?에 {_XK}(?:를|을)? ?체인(?:을|해도|하는 ?거)? ?{_CANK}"),
    (
        "respond",
        rf"{_YK}{_WITHK},? ?{_XK}(?:를|을|로|는|은|가|이)? ?(?:체인|발동|사용|투척)?(?:을|를|해도|하는 ?거)? ?{_CANK}",
    ),
    ("respond", rf"{_XK}(?:를|을|로|는|은)? {_YK}{_WITHK} ?(?:체인|발동|사용|투척)?(?:해도|하는 ?거)? ?{_CANK}"),
    (
        "stop",
        rf"{_YK}(?:를|을|는|은)? {_XK}(?:로|으로) (?:막|끊|무효로 할|무효화할|멈출)(?:을)? ?수 있(?:나요?|음|냐"
        rf"|어요?|습니까)",
    ),
    ("stop", rf"{_YK}(?:는|은|가|이)? {_XK}(?:로|으로|에) (?:막히|끊기|막|막혀)(?:나요?|냐|힘|요)?"),
    ("target_with", rf"{_YK}(?:를|을) 대상으로 (?:하여 |하고 |해서 )?{_XK}(?:를|을)? ?(?:발동|사용)?(?:을)? ?{_CANK}"),
    (
        "targets",
        rf"{_XK}(?:는|은|가|이)? (?:대상(?:을)? ?(?:지정|잡|취)[가-힣]*(?: 효과)?(?:인가요?|임|나요?|음|나|냐"
        rf"|하나요|합니까)?)",
    ),
    (
        "damage_step",
        rf"{_XK}(?:를|을|는|은)? 데미지 ?스텝(?:에|에서|중에)(?:도)? (?:발동|사용)?(?:을|를|해도)? ?{_CANK}",
    ),
    (
        "damage_step",
        rf"데미지 ?스텝(?:에|에서|중에)(?:도)? {_XK}(?:를|을|는|은)? ?(?:발동|사용)?(?:을|를|해도)? ?{_CANK}",
    ),
)


def _compiled(forms: tuple[tuple[str, str], ...]) -> list[tuple[str, re.Pattern[str]]]:
    return [(ask, re.compile(pattern)) for ask, pattern in forms]


FORMS = {Language.EN: _compiled(ENGLISH), Language.KO: _compiled(KOREAN), Language.JA: _compiled(JAPANESE)}
