"""What models compute on, in which type and on how many cores."""

import os
import threading

import pytest
import torch

from ragqa.devices import pick_device, use_all_cores, weight_dtype


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"avx2": True, "amx_bf16": False, "avx512_bf16": False}, torch.float32),
        ({"avx2": True, "avx512_f": True, "avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({"neon": True, "bf16": True}, torch.float32),
    ],
)
def test_cpu_gets_bfloat16_only_where_it_multiplies_in_it(
    features: dict[str, bool], expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features)
    assert weight_dtype(torch.device("cpu")) is expected


def test_other_devices_always_get_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert weight_dtype(torch.device("cuda")) is torch.bfloat16


def test_auto_means_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device("auto") == torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert (pick_device("auto"), pick_device("cuda:1")) == (torch.device("cpu"), torch.device("cuda:1"))


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system cannot tell a process's cores")
def test_a_thread_takes_all_cores_of_its_process() -> None:
    before, seen = torch.get_num_threads(), []

    def work() -> None:
        torch.set_num_threads(1)
        use_all_cores()
        seen.append(torch.get_num_threads())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    torch.set_num_threads(before)
    assert seen == [len(os.sched_getaffinity(0))]
