"""`ragqa keys` and `ragqa audit`: who may call the API, and who changed what."""

import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ragqa.cli.opening import opened_store, read_settings
from ragqa.cli.options import JsonOption
from ragqa.cli.outcomes import print_json, print_result, reporting
from ragqa.errors import InvalidInput

if TYPE_CHECKING:
    from ragqa.corpus.keys import ApiKey

KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="The id that `ragqa keys list` shows.")]
ScopeNames = Annotated[
    list[str], typer.Option("--scope", help="ask, maintain, evaluate or admin (all of them); may be given repeatedly.")
]


def create(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    scope: ScopeNames,
    expires_in_days: Annotated[int | None, typer.Option(min=1, help="Without it the key never expires.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print its token, which is shown this once: the database keeps only a hash."""
    with reporting(as_json):
        from ragqa.corpus.keys import Scope

        unknown = sorted(set(scope) - set(Scope))
        if unknown:
            raise InvalidInput(f"{unknown[0]!r} is no scope; scopes are {', '.join(Scope)}", field="scope")
        span = None if expires_in_days is None else datetime.timedelta(days=expires_in_days)
        with opened_store(read_settings(), may_be_empty=True) as store:
            key, token = store.keys.create(name, [Scope(each) for each in scope], valid_for=span)
        _show(key, token, as_json)


def list_(as_json: JsonOption = False) -> None:
    """List every key there ever was; tokens are not kept."""
    with reporting(as_json):
        with opened_store(read_settings(), may_be_empty=True) as store:
            keys = store.keys.list_all()
        if as_json:
            print_json(keys)
        else:
            from ragqa.cli.tables import render_keys

            print_result(render_keys(keys))


def rotate(
    key_id: KeyId,
    grace_hours: Annotated[int, typer.Option(min=0, help="Hours for which the old key still holds.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Replace a key by one of the same name and scopes, and print the new token."""
    with reporting(as_json):
        with opened_store(read_settings(), may_be_empty=True) as store:
            key, token = store.keys.rotate(key_id, grace=datetime.timedelta(hours=grace_hours))
        _show(key, token, as_json)


def revoke(key_id: KeyId, as_json: JsonOption = False) -> None:
    """End a key at once; a running server refuses it from the next request on."""
    with reporting(as_json):
        with opened_store(read_settings(), may_be_empty=True) as store:
            key = store.keys.revoke(key_id)
        if as_json:
            print_json(key)
        else:
            print_result(f"Key {key.key_id} ({key.name}) is revoked.")


def audit(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Entries at most.")] = 50, as_json: JsonOption = False
) -> None:
    """Tell who changed what, newest first."""
    with reporting(as_json):
        with opened_store(read_settings(), may_be_empty=True) as store:
            entries = store.audit.page(limit=limit)
        if as_json:
            print_json(entries)
        else:
            from ragqa.cli.tables import render_audit

            print_result(render_audit(entries))


def _show(key: "ApiKey", token: str, as_json: bool) -> None:
    if as_json:
        print_json({**msgspec.to_builtins(key), "token": token})
        return
    until = f"until {key.expires_at}" if key.expires_at else "until it is revoked"
    typer.echo(f"Key {key.key_id} of {key.name} holds {until}. Its token is not shown again:", err=True)
    typer.echo(token)
