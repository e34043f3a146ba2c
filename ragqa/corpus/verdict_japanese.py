"""Reads the polarity of a Japanese answer: find the question's predicate again and see whether it is negated.

The title 「…を発動できますか？」 asks with the predicate 発動; the answer settles it with a clause that ends in the
same predicate (発動できます, 発動する事はできません). The rules decline where a clause depends on something that the
title does not say, or where the answer says both.
"""

import re
from typing import NamedTuple

from ragqa.corpus.verdict_text import VerdictReading, declined, mask_quotes
from ragqa.datatypes import Verdict
from ragqa.text import fold

_INTERROGATIVE = re.compile(r"どう|どちら|どの|どれ|どこ|どんな|いつ|いくつ|いくら|いずれ|何|誰|だれ|なぜ|それとも")
_CASES = re.compile(r"^\s*(?:[（(【]?[A-ZＡ-Ｚ①②③１-３][)）】:：.]|●|・?ケース)", re.MULTILINE)
_SEPARATOR = re.compile(r"[。、\n（）()]|(?<=ます)が|(?<=ません)が|(?<=です)が")
_REASON = re.compile(r"(?:ので|ため|為|から)$")
_CONNECTIVE = re.compile(r"(?:けれども|し)$")
_CONDITION = re.compile(
    r"(?:で|の|る|た|い|れ)?(?:あれば|ならば)|なら$|限り|限っ|限ら|のみ|だけ|によって異|状況によ|次第"
)
_CASE_WORD = re.compile(r"(?:場合|際|時|とき)(?:に|には|は|で|では|であっても|であれば)?$")
_ECHO = re.compile(
    r"(?:質問|この|その|ご質問|上記|下記|このよう|いずれ|どちら|そのよう)の?(?:な)?(?:状況|場合|状態|際)"
)
_CONCLUSION = re.compile(r"\s*(?:したがって|従って|よって|そのため|質問の状況)")
_CONTINUATION = re.compile(
    r"\s*(?:したがって|従って|よって|そのため|その為|このため|この為|質問の状況|この場合|その場合|この状況|このような)"
)
_ASIDE = re.compile(r"\s*（?(?:その後|なお|また|例えば|逆に|一方|ただし|しかし|もし|仮に)")
_EXCEPTION = re.compile(r"\s*(?:（)?(?:ただし|しかし|一方)[^。]*(?:ません|ない)")
_LIMIT = re.compile(r"のみ|だけ|限[りっら]|しか(?!し)")
_ECHOED_SHARE = 0.45
# Wording that answers add to a situation without narrowing it.
_FORMULA = re.compile(
    r"『[^』]*』|の?(?:モンスター)?効果(?:処理)?[がはを]?|適用され(?:ている|る|た)?|表側表示で|存在(?:する|している|し)|質問の状況の|"
    r"(?:モンスター|フィールド)(?:ゾーン)?上?に|(?:カードの)?発動(?:を行う|する|した)?|(?:と名のついた)|(?:場合|際|時)には?|している|されて"
)
_EVEN = re.compile(r"でも|ても|とも|も$|であっても|にも$")

# Endings of a polite statement, tried in order: (ending, negated, whether it speaks of an obligation).
_ENDINGS: tuple[tuple[re.Pattern[str], bool, bool], ...] = tuple(
    (re.compile(pattern), negated, obligation)
    for pattern, negated, obligation in (
        (r"(?:し|され|れ|で|[えけせてねべめれ])?なければ(?:なり|いけ)ません(?:でした)?$", False, True),
        (r"必要(?:が|は)?(?:あります|です|となります|があります)$", False, True),
        (r"必要(?:が|は|も)?(?:ありません|ございません)$", True, True),
        (r"なくても(?:構い|かまい|問題あり|問題はあり)?(?:ません|ます|よい|良い|大丈夫です)$", True, True),
        (r"(?:という|といった)?(?:事|こと)(?:は|が|も)?ありません$", True, False),
        (r"ない(?:という)?(?:事|こと)(?:に|と)(?:は)?なります$", True, False),
        (r"(?:という)?(?:事|こと)(?:に|と)(?:は)?なります$", False, False),
        (r"ように(?:は)?なりません$", True, False),
        (r"ようになります$", False, False),
        (r"(?:に|く)?なくなりません$", False, False),
        (r"(?:に|く)?なくなります$", True, False),
        (r"なくなりました$", True, False),
        (r"(?:た|の)まま(?:の状態)?(?:と|に)?(?:です|なります)$", False, False),
        (r"扱い(?:に|と|で)?(?:は|も)?(?:なりません|ありません|されません)$", True, False),
        (r"扱い(?:に|と)?(?:です|なります|されます)$", False, False),
        (r"不可能です$|不可です$", True, False),
        (r"(?:が|は|も)?可能です$", False, False),
        (r"(?:では|でも|には|にも|とは|とも)(?:あり|なり)ません$", True, False),
        (r"できない(?:効果|カード|モンスター)(?:です|となります|になります)$", True, False),
        (r"できる(?:効果|カード|モンスター)(?:です|となります|になります)$", False, False),
        (r"(?:に|と|く)なりません$", True, False),
        (r"(?:に|と|く)なります$", False, False),
        (r"ていません(?:でした)?$", True, False),
        (r"てい(?:ます|ました)$", False, False),
        (r"ませんでした$|ません$", True, False),
        (r"ました$|ます$", False, False),
    )
)
_AUXILIARY = re.compile(
    r"(?:(?:する|した|される|された|[うくぐすつぬぶむる])?(?:事|こと)(?:自体)?(?:は|が|も|で)?"
    r"|でき(?:る|た|なく|ない|なけ)?|する|した|され(?:る|た|ず)?|られ|な(?:って|る|っ|り)|[しせれ]|(?:を|が|の)?行(?:われ|[えいうっ])?"
    r"|は|も|に|と|を|が)+$"
)
_BARE = re.compile(r"[一-鿿々ァ-ヺー]{0,8}(?:でき|行え|され|し|なり)(?:る事は)?ません")
_ABILITY = re.compile(r"[えけせてねべめれき]$|可能$")
_INNER_NEGATION = re.compile(r"(?:ない|なく|なくな(?:る|った))$")
_SIDE_POSSIBILITY = re.compile(r"という(?:事|こと)も|例えば")
_BARE_ANSWER = re.compile(r"(?:でき|行え|なり)(?:ます|ません)|可能です")
_STEM = re.compile(r"([一-鿿々Ａ-ＺA-Z]+|[ァ-ヺー]{2,})[ぁ-ん]{0,4}$")
_SYNONYMS = {"選": "選択", "対象": "選択", "無効化": "無効", "使": "使用", "可能": ""}


class Predicate(NamedTuple):
    """What a clause says: the content word it ends in, whether that is negated, whether it is an obligation."""

    stem: str
    negated: bool
    obligation: bool
    ability: bool = False


class Clause(NamedTuple):
    """A stretch of the masked answer between separators, with its offsets."""

    text: str
    start: int
    end: int


class Echo(NamedTuple):
    """A clause that repeats the title's predicate; `begin` is where its sentence starts."""

    negated: bool
    clause: Clause
    begin: int


def read_predicate(clause: str) -> Predicate | None:
    """Split a masked clause's polite ending from its content word; None where it is no polite statement."""
    clause = _CONNECTIVE.sub("", clause.strip())
    for ending, negated, obligation in _ENDINGS:
        match = ending.search(clause)
        if match:
            body = clause[: match.start()]
            if _INNER_NEGATION.search(body):
                negated = not negated
            return Predicate(_stem(body), negated, obligation, _ABILITY.search(body) is not None and not negated)
    return None


def _stem(body: str) -> str:
    body = _AUXILIARY.sub("", body)
    match = _STEM.search(body)
    stem = match[1] if match else ""
    return _SYNONYMS.get(stem, stem)


def _title_predicate(title: str) -> Predicate | str:
    """Give the predicate a title asks for, or the reason why it is not a yes/no question."""
    masked = mask_quotes(title).strip().rstrip("？?。 ")
    last = re.split(r"[。\n？?]", masked)[-1]
    if not last.endswith("か"):
        return "title is no question"
    if _INTERROGATIVE.search(last):
        return "title is not yes/no"
    clause = re.split(r"[、（）()]", last)[-1][:-1]
    return read_predicate(clause) or "title's predicate unknown"


def _clauses(masked: str) -> list[Clause]:
    cuts = [0, *(match.end() for match in _SEPARATOR.finditer(masked)), len(masked)]
    pairs = zip(cuts, cuts[1:], strict=False)
    return [Clause(_SEPARATOR.sub("", masked[a:b]), a, b) for a, b in pairs if masked[a:b].strip("。、\n （）()")]


def _answers(asked: Predicate, said: Predicate, clause: str, *, exact: bool) -> bool:
    """Whether a clause's predicate is the one asked for; a bare できます answers any."""
    if asked.obligation != said.obligation or _SIDE_POSSIBILITY.search(clause):
        return False
    if not said.stem and not asked.ability:
        return False
    if not said.stem:
        return _BARE_ANSWER.fullmatch(clause.strip()) is not None
    if asked.stem.endswith("素材") and said.stem == "使用":
        return True
    return said.stem == asked.stem or (not exact and asked.stem.endswith(said.stem))


def _bigrams(text: str) -> set[str]:
    runs = re.split(r"[\W_]+", fold(text))
    return {run[i : i + 2] for run in runs for i in range(len(run) - 1)}


def _is_new_condition(clause: Clause, answer: str, title: str) -> bool:
    """Whether the clause limits the answer to a case that the title does not itself describe."""
    limit = _LIMIT.search(clause.text)
    if limit and limit[0] not in title:
        return True
    plain_case = _CASE_WORD.search(clause.text) and not _EVEN.search(clause.text) and not _ECHO.search(clause.text)
    if not plain_case and not _CONDITION.search(clause.text):
        return False
    words = _bigrams(_FORMULA.sub("、", answer[clause.start : clause.end]))
    return len(words & _bigrams(title)) < _ECHOED_SHARE * len(words)


def read_japanese(answer: str, title: str) -> VerdictReading:
    """Read the verdict of a Japanese official answer to its title."""
    asked = _title_predicate(title)
    if isinstance(asked, str):
        return declined(asked)
    masked = mask_quotes(answer)
    if _CASES.search(masked[:120]):
        return declined("answer treats cases")
    clauses = _clauses(masked)
    opening = clauses[0].text.strip() if clauses else ""
    if opening in ("はい", "いいえ"):
        verdict = Verdict.YES if opening == "はい" else Verdict.NO
        return VerdictReading(verdict=verdict, evidence=opening, rule="direct")
    return _echo(asked, clauses, masked, answer, title)


def _echo(asked: Predicate, clauses: list[Clause], masked: str, answer: str, title: str) -> VerdictReading:
    """Decide by the clause that concludes about the situation asked about, else by the first that echoes the title."""
    said = _echoes(asked, clauses, masked, exact=True)
    if not said:
        return declined("predicate not echoed")
    chosen = next((echo for echo in said if _CONCLUSION.match(masked, echo.begin)), said[0])
    if _ASIDE.match(masked, chosen.begin):
        return declined("echo is an aside")
    sentence = [clause for clause in clauses if chosen.begin <= clause.start <= chosen.clause.start]
    reasoned = _CONTINUATION.match(masked, chosen.begin) or any(
        _REASON.search(clause.text) or _ECHO.search(clause.text) for clause in sentence
    )
    if "。" in masked[: chosen.begin] and not reasoned:
        return declined("echo comes late")
    evidence = answer[chosen.begin : chosen.clause.end].strip()
    no, yes = (Verdict.NO, Verdict.YES) if not asked.negated else (Verdict.YES, Verdict.NO)
    if chosen.negated and _BARE.fullmatch(evidence.rstrip("。")):
        return VerdictReading(verdict=no, evidence=evidence, rule="bare")
    if any(_is_new_condition(clause, answer, title) for clause in sentence):
        return declined("answer has a condition")
    later = _echoes(asked, [clause for clause in clauses if clause.start > chosen.clause.start], masked, exact=False)
    if any(echo.negated != chosen.negated for echo in later):
        return declined("answer says both")
    after = masked.find("。", chosen.clause.start) + 1
    if after and not chosen.negated and _EXCEPTION.match(masked, after):
        return declined("answer has an exception")
    return VerdictReading(verdict=no if chosen.negated else yes, evidence=evidence, rule="echo")


def _echoes(asked: Predicate, clauses: list[Clause], masked: str, *, exact: bool) -> list[Echo]:
    """Find the clauses that end in the title's predicate; not exact: in a part of it (発動 for 複数回発動) as well."""
    echoes: list[Echo] = []
    for clause in clauses:
        predicate = read_predicate(clause.text)
        if predicate and _answers(asked, predicate, clause.text, exact=exact):
            begin = max(masked.rfind(mark, 0, clause.end - 1) for mark in "。\n") + 1
            echoes.append(Echo(predicate.negated, clause, begin))
    return echoes
