"""A device that is not this machine's memory, for tests without one: its tensors compute here, but mix with no others.

They say that they are on `lazy`, hold their numbers on the CPU, and refuse what a graphics card refuses: a CPU tensor
beside them (but for a single number, or indices), a generator of the CPU's, and being read as numpy.
"""

from typing import NoReturn

import torch
from torch._C import _set_only_lift_cpu_tensors as lift_here
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

ELSEWHERE = torch.device("lazy")
MOVES = ("aten._to_copy", "aten.copy_")
INDEXES = ("aten.index.", "aten.index_put")


class Distant(torch.Tensor):
    """A tensor elsewhere; `here` holds its numbers."""

    here: torch.Tensor

    @staticmethod
    def __new__(cls, here) -> "Distant":
        distant = torch.Tensor._make_wrapper_subclass(
            cls, here.shape, here.stride(), here.storage_offset(), dtype=here.dtype, device=ELSEWHERE
        )
        distant.here = here
        return distant

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None) -> NoReturn:
        raise AssertionError(f"{func}: elsewhere there is nobody to compute; render inside `Elsewhere`")


class Elsewhere(TorchDispatchMode):
    """Computes what is asked of `ELSEWHERE`, and raises where tensors of both places meet."""

    def __enter__(self):
        # Or `torch.tensor` makes one there before it is heard of.
        lift_here(True)  # noqa: FBT003 - it takes no keyword
        return super().__enter__()

    def __exit__(self, *error: object):
        super().__exit__(*error)
        lift_here(False)  # noqa: FBT003 - it takes no keyword

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs, name = dict(kwargs or {}), str(func)
        is_distant = any(isinstance(leaf, Distant) for leaf in _tensors((args, kwargs)))
        wanted = kwargs.get("device")
        if is_distant and not name.startswith(MOVES):
            indexed = name.startswith(INDEXES) and isinstance(args[0], Distant)
            meeting = _tensors((args[0], args[2:]) if indexed else (args, kwargs))
            assert all(isinstance(each, Distant) or not each.dim() for each in meeting), (
                f"{name}: tensors of two devices"
            )
        goes_there = is_distant if wanted is None else torch.device(wanted).type == ELSEWHERE.type
        if goes_there and kwargs.get("generator") is not None:
            raise AssertionError(f"{name}: a generator of another device")
        if wanted is not None:
            kwargs["device"] = torch.device("cpu")
        here = func(*tree_map(_here, args), **tree_map(_here, kwargs))
        if name.startswith("aten._local_scalar_dense") or not goes_there:
            return here
        if func._schema.name.endswith("_") and isinstance(args[0], Distant):  # in place
            return args[0]
        return tree_map(lambda leaf: Distant(leaf) if isinstance(leaf, torch.Tensor) else leaf, here)


def _tensors(tree):
    return [leaf for leaf in tree_flatten(tree)[0] if isinstance(leaf, torch.Tensor)]


def _here(leaf):
    return leaf.here if isinstance(leaf, Distant) else leaf
