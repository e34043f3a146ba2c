"""Writes docs/api.md, the reference of the HTTP API, from the OpenAPI description; `make docs` runs it."""

from pathlib import Path
from typing import Any

from ragqa.api.app import create_app
from ragqa.api.problems import KINDS

TARGET = Path(__file__).with_name("api.md")
HEAD = """# HTTP reference

Made from the OpenAPI description, which a running service shows at `/docs` and gives at `/docs/openapi.json`, with the
fields of every body.
"""


def main() -> None:
    """Write the page."""
    described: dict[str, Any] = create_app().openapi_schema.to_schema()
    sections = [HEAD]
    for tag in described["tags"]:
        sections.append(f"## {tag['name'].capitalize()}\n\n{tag['description']}\n")
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                if isinstance(operation, dict) and tag["name"] in operation.get("tags", []):
                    sections.append(_operation(method, path, operation))
    rows = "\n".join(
        f"| `{kind.name}` | {kind.status} | {kind.title} | {kind.meaning} |"
        for kind in sorted(KINDS.values(), key=lambda kind: kind.status)
    )
    sections.append(f"### Problem types\n\n| type | status | title | what to do |\n|---|---|---|---|\n{rows}\n")
    TARGET.write_text("\n".join(sections))


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    lines = [f"### `{method.upper()} {path}`", "", operation.get("description") or operation.get("summary", ""), ""]
    if parameters := operation.get("parameters"):
        lines += ["| parameter | in | required | |", "|---|---|---|---|"]
        lines += [
            f"| `{each['name']}` | {each['in']} | {'yes' if each.get('required') else 'no'} | {_told(each)} |"
            for each in parameters
        ]
        lines.append("")
    if body := operation.get("requestBody"):
        types = ", ".join(f"`{media}`{_of(content)}" for media, content in body["content"].items())
        lines += [f"Body: {types}", ""]
    lines += ["| status | |", "|---|---|"]
    lines += [f"| {status} | {response['description']} |" for status, response in operation["responses"].items()]
    return "\n".join(lines) + "\n"


def _told(parameter: dict[str, Any]) -> str:
    return str(parameter.get("description", "")).replace("|", "\\|")


def _of(content: dict[str, Any]) -> str:
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return f" ({name})" if name else ""


if __name__ == "__main__":
    main()
