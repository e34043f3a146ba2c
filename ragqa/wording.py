"""The few words around an answer, in the asker's language; the command line and the API say the same ones."""

import msgspec

from ragqa.datatypes import Basis, Language, Verdict


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """Words of one language."""

    verdicts: dict[Verdict, str]
    bases: dict[Basis, str]
    cards: str
    unlinked: str
    did_you_mean: str
    conditions: str
    citations: str
    nearest: str
    withdrawn: str


WORDINGS: dict[Language, Wording] = {
    Language.EN: Wording(
        verdicts={
            Verdict.YES: "YES",
            Verdict.NO: "NO",
            Verdict.CONDITIONAL: "IT DEPENDS",
            Verdict.UNKNOWN: "NO ANSWER",
        },
        bases={
            Basis.OFFICIAL: "settled by an official ruling",
            Basis.RULE: "follows from the rules and the card's effect",
            Basis.REASONED: "the model's own reasoning, no ruling settles it",
            Basis.INSUFFICIENT: "the corpus does not settle it",
        },
        cards="Cards",
        unlinked="Not recognised",
        did_you_mean="did you mean",
        conditions="When",
        citations="Sources",
        nearest="Nearest passages",
        withdrawn="withdrawn",
    ),
    Language.KO: Wording(
        verdicts={
            Verdict.YES: "예",
            Verdict.NO: "아니요",
            Verdict.CONDITIONAL: "경우에 따라 다름",
            Verdict.UNKNOWN: "답하지 않음",
        },
        bases={
            Basis.OFFICIAL: "공식 재정에 따른 답",
            Basis.RULE: "룰과 카드 효과에서 따라 나오는 답",
            Basis.REASONED: "모델의 추론이며, 이를 정한 재정은 없음",
            Basis.INSUFFICIENT: "가진 자료만으로는 정해지지 않음",
        },
        cards="카드",
        unlinked="알아보지 못한 이름",
        did_you_mean="혹시",
        conditions="경우",
        citations="출처",
        nearest="가장 가까운 자료",
        withdrawn="철회됨",
    ),
    Language.JA: Wording(
        verdicts={
            Verdict.YES: "はい",
            Verdict.NO: "いいえ",
            Verdict.CONDITIONAL: "場合による",
            Verdict.UNKNOWN: "回答なし",
        },
        bases={
            Basis.OFFICIAL: "公式裁定による回答",
            Basis.RULE: "ルールとカードの効果から導かれる回答",
            Basis.REASONED: "モデルの推論。これを定める裁定はない",
            Basis.INSUFFICIENT: "手元の資料では定まらない",
        },
        cards="カード",
        unlinked="認識できなかった名前",
        did_you_mean="もしかして",
        conditions="場合",
        citations="出典",
        nearest="最も近い資料",
        withdrawn="取り下げ",
    ),
}
