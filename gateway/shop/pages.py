"""Pages: a template filled with what it shows; whatever comes from elsewhere is escaped, and nothing may be missing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.model.return_form import ReturnForm
from gateway.shop.assets import address_of
from gateway.shop.texts import spoken, texts_of

ASSETS = "assets/"
"""Where the assets lie below /shop/; no key of a session is called so."""
_BESIDE = "../shop/"
"""Where the pages are, from the address of another door."""
_TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip


def render(template: str, language: str, root: str, **shown: object) -> str:
    """The page of a template in a language of the pages; `root` leads from its address to /shop/."""
    more = {"t": texts_of(language), **shown}
    style, script = (f"{root}{ASSETS}{address_of(ending)}" for ending in ("css", "js"))
    return _environment().get_template(f"{template}.html").render(
        language=language, style=style, script=script, **more
    )  # fmt: skip


def render_form(form: ReturnForm, language: str | None, *, automatic: bool = True) -> str:
    """A page with the form that goes to the buyer's system: by its one button, and at once if it is `automatic`
    and scripts run.
    """
    own = spoken(language)
    return render("form", own, _BESIDE, t=texts_of(own).about(""), form=form, automatic=automatic)


def render_problem(
    reason: str, language: str | None, /, *, system: str = "", root: str = _BESIDE, home: str = "", **told: str
) -> str:
    """A page that says what happened and what to do now.

    `reason` is one of the texts under `problem`: those of gateway.punchout.sessions.Reason, of the OCI door, and away,
    busy, guesses, failed (told `reference`), stale, too-large, call and refused (told `reason`, in the reader's
    words). `home` leads on to the first page of a session that goes on.
    """
    own = spoken(language)
    texts = texts_of(own).about(system)
    return render("problem", own, root, t=texts, told=texts(f"problem.{reason}", **told), home=home)
