"""Ask the question that ragqa began with over the whole game, today and as of 2020, and check what settles it.

    python -m benchmarks.seed_question --home HOME

HOME holds the imported development data (`make import-shared`). Exit code 1 if an answer is not yes, or rests on
anything but the Q&A expected or a sound rule.
"""

import argparse
import sys
from pathlib import Path

import anyio

from ragqa.bootstrap import Service, open_service
from ragqa.config import Settings
from ragqa.datatypes import Basis, Question, Verdict
from ragqa.text import detect_language

ASKED = (
    "하루 우라라를 개기일식의 서에 체인할 수 있나요?",
    "Can I chain Ash Blossom to Book of Eclipse?",
    "「皆既日蝕の書」にチェーンして「灰流うらら」を発動できますか？",
    "개기일식의 서에 우라라 됨?",
    "can i ash book of eclipse",
    "皆既日蝕の書にうらら打てる？",
)
EXPECTED = {None: 23793, "2020-01-01": 11500}
"""From a day to the official Q&A in force then: 11500 was withdrawn on 2025-06-15."""


async def ask_all(service: Service) -> bool:
    sound = True
    for as_of, official_id in EXPECTED.items():
        for text in ASKED:
            answer = await service.ask(Question(text=text, lang=detect_language(text), as_of=as_of))
            cited = [citation.official_id for citation in answer.citations]
            rests = answer.basis is Basis.RULE or (answer.basis is Basis.OFFICIAL and official_id in cited)
            sound &= answer.verdict is Verdict.YES and rests
            print(f"{as_of or 'today'}  {answer.verdict} {answer.basis} {cited} {answer.confidence}  {text}")
    return sound


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    service = open_service(Settings.model_validate({"home": parser.parse_args().home}))
    try:
        sound = anyio.run(ask_all, service)
    finally:
        service.close()
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
