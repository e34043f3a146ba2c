"""Rendering the pages, one Jinja environment a language; everything that is put in is escaped."""

import datetime
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie

from ragqa.datatypes import Language, Region, Verdict
from ragqa.wording import BASES, N_, VERDICTS, phrases

STATIC = Path(__file__).parent / "static"
COOKIE = "ragqa-lang"
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types ragqa",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Accept, Accept-Language, Cookie",
}
EXAMPLES = {
    Language.EN: (
        "Can I chain Ash Blossom to Book of Eclipse?",
        "Can Called by the Grave stop the draws of Maxx C?",
        "Does Dark Hole target?",
    ),
    Language.KO: (
        "하루 우라라를 개기일식의 서에 체인할 수 있나요?",
        "지명자로 증식의 G 드로우 막을 수 있나요?",
        "블랙홀은 대상을 지정하나요?",
    ),
    Language.JA: (
        "灰流うららを皆既日蝕の書にチェーンできますか？",
        "墓穴の指名者で増殖するGのドローを止められますか？",
        "ブラック・ホールは対象を取りますか？",
    ),
}
"""Questions that the starter corpus answers: yes, it depends, no."""
VERDICT_CHOICES: dict[str, str] = {
    "": N_("not noted"),
    **{each.value: VERDICTS[each] for each in Verdict if each is not Verdict.UNKNOWN},
}
LANGUAGE_NAMES = {Language.EN: "English", Language.KO: "한국어", Language.JA: "日本語"}
REGIONS = {None: N_("Any"), Region.OCG: "OCG", Region.TCG: "TCG"}
VIA = {
    "alias": N_("nickname"),
    "partial": N_("part of the name"),
    "initials": N_("abbreviation"),
    "typo": N_("typing error"),
    "confirmed": N_("chosen by you"),
}


@lru_cache(maxsize=len(Language))
def environment(lang: Language) -> Environment:
    """Return the templates in a language."""
    made = Environment(
        loader=PackageLoader("ragqa.api.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(phrases(lang), newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.filters["say"] = phrases(lang).gettext
    made.filters["day"] = lambda iso: day(iso, lang)
    made.globals.update(
        lang=lang,
        languages=LANGUAGE_NAMES,
        verdicts=VERDICTS,
        verdict_choices=VERDICT_CHOICES,
        bases=BASES,
        regions=REGIONS,
        via=VIA,
        examples=EXAMPLES[lang],
        Verdict=Verdict,
    )
    return made


def render(template: str, lang: Language, **values: Any) -> str:  # noqa: ANN401 - a template takes anything
    """Fill in a template in a language."""
    return environment(lang).get_template(template).render(values)


def page(
    template: str,
    lang: Language,
    *,
    status: int = 200,
    remember: bool = False,
    headers: Mapping[str, str] = SECURITY_HEADERS,
    **values: Any,  # noqa: ANN401 - a template takes anything
) -> Response[str]:
    """Return a page; `remember` keeps its language in a cookie, `headers` come on top of those that every page has."""
    cookies = (
        [Cookie(COOKIE, value=lang.value, max_age=31_536_000, samesite="lax", httponly=True)] if remember else None
    )
    html = render(template, lang, **values)
    all_headers = {**SECURITY_HEADERS, **headers}
    return Response(html, status_code=status, media_type="text/html", headers=all_headers, cookies=cookies)


def chosen_language(chosen: str | None, remembered: str | None, accepted: str) -> Language:
    """Return the language asked for, else the one remembered, else the browser's best of ours, else English."""
    for wanted in (chosen, remembered, *_by_preference(accepted)):
        if wanted in tuple(Language):
            return Language(wanted)
    return Language.EN


def day(iso: str, lang: Language) -> str:
    """Write an ISO date as people do, or return it as it is if it is none."""
    try:
        return format_date(datetime.date.fromisoformat(iso[:10]), format="long", locale=Locale(lang))
    except ValueError:
        return iso


def _by_preference(accepted: str) -> list[str]:
    """Return the languages of an Accept-Language header without their regions, best first."""
    ranked: list[tuple[float, str]] = []
    for part in accepted.split(","):
        tag, _, parameters = part.strip().partition(";")
        try:
            weight = float(parameters.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        ranked.append((-weight, tag.partition("-")[0].lower()))
    return [tag for _, tag in sorted(ranked, key=lambda pair: pair[0])]
