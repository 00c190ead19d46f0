"""The model's reading of questions, adapted to the letter: low-rank additions to its weights, in a file of 11 MB.

The published model reads a question and a passage alike. Adapted, it reads a question so that its words come near the
words of the sentence that answers it, and so that one that the letter does not answer can be told (`none`). Passages
are read by the model as published: the index does not change. `python -m eval train` makes the file.

The method: LoRA (Hu et al., 2021), on the question side alone (Lee et al., 2021, query-side fine-tuning).
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

ADAPTER = Path(__file__).parent / "adapter.safetensors"
_REPAIR = "Restore it (git checkout), or make it again: python -m eval train"


class AdapterError(Exception):
    """The adapter cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """Additions to weights by the name of the layer: `up` of shape `(out, rank)` times `down` of `(rank, in)`.

    `weight`, shape `(dimensions,)`, and `bias` are of the line that tells questions that the letter does not answer;
    `ways` weighs, against it, the ways in which a unit fits a question.
    """

    additions: Mapping[str, tuple[np.ndarray, np.ndarray]]
    weight: np.ndarray
    bias: float
    ways: np.ndarray

    def none(self, vector: np.ndarray, fits: np.ndarray) -> float:
        """The log-odds that no unit answers a question: the outcome that was trained against all units.

        `vector`, shape `(dimensions,)`, is the question's; `fits`, shape `(ways, units)`, how well the units fit it.
        """
        return float(self.weight @ vector + self.bias - np.logaddexp.reduce(self.ways @ fits))

    def adapt(self, model: Any) -> Any:  # noqa: ANN401 - a SentenceTransformer; importing its class costs seconds
        """A twin of `model` with the additions; what they leave as it is, is shared. Raises `AdapterError`."""
        import torch

        shared = dict(model[0].model.named_parameters())
        changed = {f"{name}.weight" for name in self.additions}
        if missing := changed - shared.keys():
            raise AdapterError(f"the adapter is of another model: {sorted(missing)[0]} is not in this one. {_REPAIR}")
        twin = copy.deepcopy(model, {id(value): value for name, value in shared.items() if name not in changed})
        layers = dict(twin[0].model.named_modules())
        with torch.no_grad():
            for name, (up, down) in self.additions.items():
                layers[name].weight += torch.from_numpy(up.astype(np.float32) @ down.astype(np.float32))
        return twin


def read_adapter(path: Path) -> Adapter:
    """Read an adapter. Raises `AdapterError`."""
    try:
        tensors = load_file(path)
        names = [name.removesuffix(".up") for name in tensors if name.endswith(".up")]
        additions = {name: (tensors[f"{name}.up"], tensors[f"{name}.down"]) for name in names}
        weight, bias = tensors["none.weight"].astype(np.float32), float(tensors["none.bias"][0])
        ways = tensors["ways"].astype(np.float32)
    except (OSError, SafetensorError, LookupError) as error:
        raise AdapterError(f"{path} cannot be read: {error}. {_REPAIR}") from error
    return Adapter(additions, weight, bias, ways)
