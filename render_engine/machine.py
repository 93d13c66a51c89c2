"""The machine that computes: its devices by name, what memory it has left, and the most that a piece of work took."""

import platform
import re
from pathlib import Path

import torch

from render_engine.api import RenderError

RESERVE = 0.1
"""The share of free memory that stays free."""
_CGROUP = Path("/sys/fs/cgroup")
_PROC = Path("/proc")


def find_device(name: str) -> torch.device:
    """The device of a name: "cpu", "cuda", or the number of a card, as "cuda:1".

    Raises:
        RenderError: it is none of these, or torch does not see it.
    """
    if not re.fullmatch(r"cpu|cuda(:\d{1,3})?", name):
        raise RenderError(f"{name!r} is no device: give cpu, cuda, or the number of a card, such as cuda:1")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise RenderError(f"{name}: torch sees no such device here; use cpu, or install torch with CUDA")
    return device


class Machine:
    """A device to compute on; on the CPU memory is the process's resident one, on a GPU what torch has allocated."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.is_cuda = device.type == "cuda"

    @property
    def name(self) -> str:
        """The processor's or the card's name."""
        if self.is_cuda:
            return str(torch.cuda.get_device_name(self.device))
        model = _find_in(_PROC / "cpuinfo", r"model name\s*:\s*(.+)")
        return model or platform.processor() or platform.machine()

    def synchronise(self) -> None:
        """Wait until everything that was asked for is done."""
        if self.is_cuda:
            torch.cuda.synchronize(self.device)

    def free_bytes(self) -> int | None:
        """Memory that can still be taken; None where the machine does not say."""
        if self.is_cuda:
            torch.cuda.empty_cache()
            return int(torch.cuda.mem_get_info(self.device)[0])
        available = _find_in(_PROC / "meminfo", r"MemAvailable:\s*(\d+) kB")
        free = [int(available) * 1024] if available else []
        limit, used = (_find_in(_CGROUP / name, r"(\d+)") for name in ("memory.max", "memory.current"))
        free += [int(limit) - int(used)] if limit and used else []
        return min(free, default=None)

    def forget_peak(self) -> None:
        """Begin to watch anew."""
        if self.is_cuda:
            torch.cuda.reset_peak_memory_stats(self.device)
        elif (resets := _PROC / "self/clear_refs").exists():
            resets.write_text("5")  # Linux: set the high-water mark of resident memory to what is resident now

    def peak_bytes(self) -> int | None:
        """The most memory held since `forget_peak`; None where the machine cannot say."""
        if self.is_cuda:
            return int(torch.cuda.max_memory_allocated(self.device))
        peak = _find_in(_PROC / "self/status", r"VmHWM:\s*(\d+) kB")
        return int(peak) * 1024 if peak else None


def _find_in(path: Path, pattern: str) -> str | None:
    if not path.exists():
        return None
    match = re.search(pattern, path.read_text("utf-8"))
    return match[1].strip() if match else None
