"""What a question asks: its last asking sentence, whether "yes" would mean that the thing happens or is prevented."""

import re

import msgspec

from ragqa.datatypes import Language
from ragqa.text import fold, sentences

_ASKS = {
    Language.EN: re.compile(
        r"\?|^(?:so |and |but |then )*(?:can|could|may|do|does|did|is|are|am|was|will|would|should|has|have)\b"
        r"|\b(?:can|could|does|do|is|are|am|will|would|may) (?:i|we|you|he|she|they|it|that|this|the|my|opps?|his|her)"
        r"|\b(?:ok|okay|legal|allowed|legit|right|true)\s*$"
    ),
    Language.KO: re.compile(
        r"\?|(?:나|냐|니|까|음|임|됨|함|요|여|지|죠|가|남|짐|힘|감|옴|해|돼|줘|은지|는지|김)\s*[?.ㅠㅋ]*$"
    ),
    Language.JA: re.compile(r"[?？]|(?:か|の|かな|かね|よね|る|い|け|って|マジ|ok|可能|ですか|ますか)[。\s]*$"),
}
_PREVENTED = {
    Language.EN: re.compile(
        r"\b(?:illegal|block(?:s|ed)?|lock(?:s|ed)?|shut (?:off|down|out)|prevent(?:s|ed)?|stop(?:s|ped)?|forbidden"
        r"|prohibited|negate[sd]?|fizzle[sd]?|turn(?:s|ed)? off|limited|dead)\b"
    ),
    Language.KO: re.compile(r"막히|막힘|막혀|막힌|못 ?하게|불가능한가|불가한가|봉인|금지되|무효|씹히|잠기|잠김"),
    Language.JA: re.compile(
        r"封じられ|潰され|止められちゃ|無効に(?:な|さ)|防がれ|禁止され|縛られ|使えなくな|できなくな"
    ),
}
_ACTIVE = re.compile(
    r"\b(?:can|could|may) (?:i|we|you|he|she|they|opps?|my|the|it|one)\b|(?:막을|끊을) ?수|止められ(?:る|ます)"
)
_NEGATED = {
    Language.EN: re.compile(r"\b(?:can'?t|cannot|can not|not allowed|isn'?t|doesn'?t|won'?t|aren'?t|unable)\b"),
    Language.KO: re.compile(r"안 ?[되돼됨맞먹]|못 ?[하쓰써함]|불가"),
    Language.JA: re.compile(r"できない|ない(?:の|よね|です|かな|んです)|ません(?:か|よね)|不可|無理|ダメ|だめ"),
}
_CLAIMED = re.compile(r"\b(?:is|are) (?:he|she|they|that|this) (?:right|correct|true)|\bclaims?\b|\bsays?\b")
_NOT_YES_NO = {
    Language.EN: re.compile(
        r"^(?:so |and |but |then |ok |hey )*(?:how|what|which|when do|who|where|why)\b"
        r"|\bhow (?:much|many|long)\b|\bor (?:only|just|before|after|does|is|do)\b"
    ),
    Language.KO: re.compile(r"얼마|몇|어디|언제|누가|누구|무엇|뭐가|뭔가요|왜|어떻게|어느|무슨"),
    Language.JA: re.compile(r"いくら|いくつ|何枚|何体|いつ|どこ|どれ|どう(?:な|し|す)|誰|なぜ|なんで|どっち|どちら"),
}
_RESPONDS = {
    Language.EN: re.compile(r"in response|respond|chain|against"),
    Language.KO: re.compile(r"체인|대응|맞춰|상대로"),
    Language.JA: re.compile(r"チェーン|対して|に合わせて"),
}


_ABLE = {
    Language.EN: re.compile(
        r"\b(?:can|could|may|able|allowed|legal|legally|illegal|ok|okay|fine|possible|lets?|get to|usable|eligible)\b"
    ),
    Language.KO: re.compile(
        r"되나|되냐|되는|됨|돼|될까|되지|됩니|가능|수 ?있|수 ?없|[해써도]도|할 ?수|쓸 ?수|먹히|먹힘|맞음|맞나|박히|박힘"
        r"|허용|괜찮"
    ),
    Language.JA: re.compile(
        r"でき|出来|可能|[えけせてねべめげぜ](?:る|ます|ない|ません)|(?<![さら])れ(?:る|ます|ない|ません)|いい|ok|大丈夫|平気"
        r"|通[るりっ]|間に合|あり(?:です)?か"
    ),
}
_NEGATES = {
    Language.EN: re.compile(r"negat|shut (?:off|down)|turn(?:s|ed)? off"),
    Language.KO: re.compile(r"무효|씹"),
    Language.JA: re.compile(r"無効"),
}
_OUTSIDE = {
    Language.EN: re.compile(
        r"\bban ?list|\bprices?\b|\bworth\b|how much is|going for|playset|reprint|tcgplayer|\bstore\b|\bshop\b"
        r"|\bopen on\b|master duel|duel links|matchmaking|\bjudge let|take that back|\bbest deck|\bmeta\b"
        r"|\bbuy(?:ing)?\b|\bsell(?:ing)?\b"
    ),
    Language.KO: re.compile(
        r"시세|가격|얼마|매장|거래|금제|금지 ?먹|제한 ?풀|풀리|몇 ?시|마듀|마스터 ?듀얼|링크스|티어|덱 ?추천|발매"
        r"|레어도|구매|살까|사도"
    ),
    Language.JA: re.compile(
        r"買取|相場|いくら|値段|改訂|禁止い|規制|緩和|店|売っ|マスターデュエル|デュエルリンクス|環境|最強|レアリティ|発売"
        r"|再録|買う|買い"
    ),
}


class Asking(msgspec.Struct, frozen=True):
    """How a question asks; `clause` is its asking sentence.

    `able` asks whether something can be done, as against whether something happens; `prevented` whether it is
    stopped; `negates` whether something is negated; `negated` asks in the negative; `claimed` whether somebody is
    right; `responds` speaks of a chain; `outside` is about prices, lists or shops, not about rules.
    """

    clause: str
    yes_no: bool
    able: bool
    prevented: bool
    negates: bool
    negated: bool
    claimed: bool
    responds: bool
    outside: bool

    @property
    def predicate(self) -> str:
        """The end of the asking sentence, where Korean and Japanese have the verb; all of it in English."""
        return self.clause if self.clause.isascii() else self.clause[-_PREDICATE_CHARS:]


_PREDICATE_CHARS = 14


def read_asking(text: str, lang: Language) -> Asking:
    """Find the asking sentence (the last that reads like one) and its marks."""
    parts = sentences(text) or [text]
    asking = [part for part in parts if _ASKS[lang].search(fold(part).strip())]
    marked = [part for part in parts if "?" in fold(part)]
    clause = (marked or asking or parts)[-1]
    folded = fold(clause).strip()
    end = folded if lang is Language.EN else folded[-_PREDICATE_CHARS:]
    return Asking(
        clause=clause,
        yes_no=not _NOT_YES_NO[lang].search(folded),
        able=bool(_ABLE[lang].search(end)),
        prevented=bool(_PREVENTED[lang].search(end)) and not _ACTIVE.search(folded),
        negates=bool(_NEGATES[lang].search(end)),
        negated=bool(_NEGATED[lang].search(end)),
        claimed=bool(_CLAIMED.search(folded)),
        responds=bool(_RESPONDS[lang].search(folded)),
        outside=bool(_OUTSIDE[lang].search(fold(text))),
    )
