"""`ragqa plan` and `ragqa quantize`: whether a model fits a GPU, and its 4-bit folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragqa.cli.opening import progress_bar
from ragqa.cli.options import JsonOption
from ragqa.cli.outcomes import print_json, print_result, reporting
from ragqa.errors import InvalidInput

if TYPE_CHECKING:
    from ragqa.generation.plan import Plan

ModelFolder = Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a Mixtral checkpoint.")]


def plan(
    model: ModelFolder,
    gpu_memory: Annotated[str, typer.Option(help="Memory of the GPU, such as 80GiB.")] = "80GiB",
    tokens: Annotated[int, typer.Option(min=1, help="Tokens of one sequence, question and answer together.")] = 4096,
    as_json: JsonOption = False,
) -> None:
    """Predict what a Mixtral needs in 4 bits, and how many questions fit beside it; only config.json is read."""
    with reporting(as_json):
        from ragqa.generation.plan import make_plan, parse_bytes, read_config

        config = read_config(model)
        made = make_plan(config, gpu_memory=parse_bytes(gpu_memory), tokens_per_sequence=tokens)
        if as_json:
            print_json(made)
        else:
            _print_plan(made)


def quantize(
    model: ModelFolder,
    target: Annotated[Path, typer.Argument(help="New folder for the 4-bit weights.")],
    device: Annotated[str, typer.Option(help="Torch device that quantizes: cpu or cuda.")] = "cpu",
    as_json: JsonOption = False,
) -> None:
    """Write a 4-bit folder once, so that every start only reads final bytes."""
    with reporting(as_json):
        if not (model / "config.json").is_file():
            raise InvalidInput(f"{model} is no model folder: it has no config.json", field="model")
        with progress_bar(f"quantizing {model.name}") as progress:
            import torch

            from ragqa.generation.quantize import quantize_folder

            manifest = quantize_folder(model, target, device=torch.device(device), progress=progress)
        if as_json:
            print_json(manifest)
        else:
            print_result(f"{target} holds {sum(manifest.weight_bytes.values()) / 2**30:.2f} GiB of 4-bit weights.")


def _print_plan(made: "Plan") -> None:
    from rich.table import Table

    from ragqa.generation.plan import GIB, describe

    table = Table("", "bytes", "GiB", box=None, padding=(0, 2, 0, 0))
    for column in table.columns[1:]:
        column.justify = "right"
    for row in describe(made):
        table.add_row(str(row["kind"]), f"{row['bytes']:,}", f"{row['gib']:.3f}")
    print_result(table)
    print_result(
        f"\nOn {made.gpu_memory / GIB:.1f} GiB {made.kv_tokens:,} tokens of KV cache are left: "
        f"{made.sequences} sequences of {made.tokens_per_sequence:,} tokens at once."
    )
