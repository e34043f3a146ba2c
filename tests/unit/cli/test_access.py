"""`ragqa keys` and `ragqa audit` on a database of their own."""

import json
import re

from tests.unit.cli.conftest import Run


def test_a_key_is_made_listed_rotated_and_revoked(run: Run) -> None:
    made = run("keys", "create", "shop", "--scope", "ask", "--scope", "maintain", "--expires-in-days", "30")
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    match = re.fullmatch(r"ragqa_([0-9a-f]{12})_[\w-]{43}", token)
    assert match
    listed = run("keys", "list")
    assert (match[1] in listed.stdout, "ask maintain" in listed.stdout, token in listed.stdout) == (True, True, False)
    rotated = json.loads(run("keys", "rotate", match[1], "--json").stdout)
    assert (rotated["name"], rotated["scopes"], rotated["token"] == token) == ("shop", ["ask", "maintain"], False)
    assert "is revoked" in run("keys", "revoke", rotated["key_id"]).stdout
    assert run("keys", "revoke", rotated["key_id"]).exit_code == 4
    keys = json.loads(run("keys", "list", "--json").stdout)
    # Rotating leaves the old key valid for a while; revoking ends the new one.
    assert {key["key_id"]: bool(key["revoked_at"]) for key in keys} == {match[1]: False, rotated["key_id"]: True}


def test_a_scope_that_is_none_is_told(run: Run) -> None:
    refused = run("keys", "create", "shop", "--scope", "root")
    assert refused.exit_code == 2
    assert "scopes are ask, maintain, evaluate, admin" in refused.stderr


def test_the_audit_names_the_user_at_the_shell(run: Run) -> None:
    key_id = json.loads(run("keys", "create", "shop", "--scope", "ask", "--json").stdout)["key_id"]
    [entry] = json.loads(run("audit", "--json").stdout)
    assert entry["author"].endswith(" at the shell")
    assert entry["action"] == f"create key {key_id}"
    assert f"create key {key_id}" in run("audit").stdout
