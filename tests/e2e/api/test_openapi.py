"""The server keeps to what OpenAPI says of it, whatever it is sent."""

import subprocess
import sys
from pathlib import Path

from tests.e2e.api.server_process import Server


def test_keys_are_made_rotated_and_revoked_as_documented(admin_key: str, free_server: Server, tmp_path: Path) -> None:
    """Alone, as whoever tries everything with the ids of keys revokes the own one too: from then on it is refused."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{free_server.url}/docs/openapi.json"),
            *("--max-examples", "10", "--seed", "1", "--generation-database", "none", "--no-color"),
            *("--header", f"Authorization: Bearer {admin_key}"),
            *("--include-path-regex", "^/v1/keys"),
            *("--exclude-checks", "positive_data_acceptance,allow_header_conformance"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_no_request_meets_anything_but_what_is_documented(admin_key: str, free_server: Server, tmp_path: Path) -> None:
    """schemathesis sends what the schema allows and what it does not, and checks what comes back.

    It holds a key for everything, and also sees that what takes a key is refused without.
    """
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{free_server.url}/docs/openapi.json"),
            *("--max-examples", "10", "--seed", "1", "--generation-database", "none", "--no-color"),
            *("--header", f"Authorization: Bearer {admin_key}"),
            # It would revoke its own key: see above.
            *("--exclude-path-regex", "/v1/keys/.+"),
            # No schema can say that the id in the body is that of the path, or that a date exists. And Litestar's own
            # OPTIONS names the methods of only one of a path's handlers (the Allow of a 405 is right).
            *("--exclude-checks", "positive_data_acceptance,allow_header_conformance"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
