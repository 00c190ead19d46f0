"""Adapt the model's reading of questions to the letter, on questions that are neither of `dev` nor of `test`.

What is learnt are low-rank additions to the weights that read a question (`index.adapter`), a line that tells the
questions that the letter does not answer, and how much each way of seeing a unit weighs against it. The words of a
question are drawn towards those of the units that answer it and away from all others; the loss is the negative
log-likelihood of the evidence among every unit of the letter and "none of them". Each question is read twice, with
other numbers dropped, and the loss counts as well how far the two readings are apart (R-Drop, Liang et al., 2021).
Passages are read by the model as published, so the letter is encoded once.

`training.jsonl` holds the questions: `question`, `language`, `history`, `evidence` (ids of units, none when the letter
does not answer). They were written for this, unit by unit, without sight of the questions that measure.

The mean of what is learnt from the questions in several orders ("model soup", Wortsman et al., 2022), trained on a
little, is better than any one of them. So the file is made in three steps:

    for order in 1 2 3 4 5 6 7 8; do python -m eval train --order $order --out one-$order.safetensors; done
    for order in 9 10 11; do
        python -m eval train --epochs 1 --rates 0.3 --order $order --continue one-*.safetensors \\
            --out two-$order.safetensors; done
    python -m eval train --epochs 0 --continue two-*.safetensors

The one that is here was made so of the first 15,799 questions, the orders of a step side by side on a graphics card in
four minutes; trained on for two epochs with 1,526 more (`--order 9 --rates 0.3`); then twice from there with all but
the newest, once more from the mean of these two with all there were then, which made the mean of all three; from that
with all that are there now and twice the dropout, which made the mean of the two. None of these was read twice. At last
for less than three epochs from there, side by side on a graphics card, read twice: with what the readings are apart
weighted 1, 2 and 3 and a dropout of 0.1, 0.15 and 0.2, of which it is the mean. On two cores an epoch takes twelve
minutes where each question is read once, and twice that now:

    for order in 12 13; do
        python -m eval train --epochs 4 --rates 0.6 --order $order --continue --out three-$order.safetensors; done
    python -m eval train --epochs 1 --rates 0.35 --order 14 --continue three-*.safetensors --out three-14.safetensors
    python -m eval train --epochs 0 --continue three-*.safetensors --out four.safetensors
    python -m eval train --epochs 4 --rates 0.5 --order 15 --continue four.safetensors --out four-15.safetensors
    python -m eval train --epochs 0 --continue four*.safetensors --out five.safetensors
    for order in 26 27 28; do
        python -m eval train --epochs 3 --rates 0.4 --order $order --continue five.safetensors \\
            --out six-$order.safetensors; done
    python -m eval train --epochs 0 --continue six*.safetensors
"""

import copy
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from tqdm import tqdm

from corpus.letter import Letter
from eval.questions import Labelled, labelled, labelled_dev
from index.adapter import ADAPTER, Adapter
from index.conversation import standalone
from index.embedding import SentenceEncoder, load_model, words_of
from index.late_interaction import LateInteraction
from index.store import own_words
from index.views import VIEWS, views

TRAINING = Path(__file__).parent / "training.jsonl"
_RANK = 64  # of the additions; half of it tells silence less well
_SCALE = 2.0  # of the additions while they are learnt; it is in the file's numbers
_LAYERS = (
    *("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"),
    *("intermediate.dense", "output.dense"),
)
_BATCH, _RATE, _DECAY, _DROPOUT = 32, 5e-4, 0.05, 0.1
_TOGETHER = 1.0  # how much it counts that two readings of a question are apart
_POOL = 32 * _BATCH  # questions of which those of one length go together
_MOST_TOKENS = 128  # a question is shorter
_SEED = 0
_HALF = torch.cpu.get_capabilities().get("avx512_bf16", False)  # half the bits, where the processor multiplies those


@dataclass(frozen=True, slots=True)
class _Example:
    """A text as it is searched, and the places of the units that answer it; none for what the letter does not say."""

    text: str
    evidence: tuple[int, ...]


def report(
    letter: Letter,
    epochs: int,
    out: Path = ADAPTER,
    adapters: Sequence[Adapter] = (),
    order: int = 0,
    rates: float = 1.0,
) -> Iterator[str]:
    """Train, and write the adapter after each epoch; the lines say how well the dev questions are found.

    With `adapters`, their mean is trained on, or written as it is where there are no epochs. `rates` multiplies the
    rates of learning: who goes on, forgets less at lower ones. `order` seeds in which order the questions come and how
    they are misspelt; what the additions begin as is always the same, so that adapters can be averaged.
    """
    torch.manual_seed(_SEED)
    noise = random.Random(order)
    start = mean(adapters) if adapters else None
    reader = _Reader(letter)
    examples = [_example(letter, one) for one in labelled(TRAINING)]
    dev = [_example(letter, one) for one in labelled_dev(letter)]
    if start:
        reader.go_on_from(start)
    yield f"{len(examples)} questions; {sum(not example.evidence for example in examples)} have no answer in the letter"
    yield f"before: {_found(reader, dev)}"
    if not epochs:
        reader.save(out)
        return
    highest = [rate * rates for rate in (_RATE, 0.05, 0.01)]
    groups = [
        {"params": reader.additions(), "lr": highest[0], "weight_decay": _DECAY},
        {"params": [reader.ways], "lr": highest[1], "weight_decay": 0.0},
        {"params": reader.none.parameters(), "lr": highest[2], "weight_decay": 0.01},
    ]
    optimizer = torch.optim.AdamW(groups)
    steps = epochs * math.ceil(len(examples) / _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, highest, total_steps=steps, pct_start=0.1)
    for epoch in range(1, epochs + 1):
        reader.train()
        losses = []
        for batch in tqdm(_batches(examples, noise), desc=f"epoch {epoch} of {epochs}", leave=False, disable=None):
            loss = reader.loss([_Example(_noisy(one.text, noise), one.evidence) for one in batch])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(reader.additions(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        reader.save(out)
        yield f"epoch {epoch}: loss {np.mean(losses):.3f}; {_found(reader, dev)}"


def mean(adapters: Sequence[Adapter]) -> Adapter:
    """The adapter that adds the mean of what these add, as near as additions of `_RANK` come to it."""

    def nearest(name: str) -> tuple[np.ndarray, np.ndarray]:
        ups, downs = zip(*(one.additions[name] for one in adapters), strict=True)
        added = np.mean([up.astype(np.float64) @ down for up, down in zip(ups, downs, strict=True)], axis=0)
        up, sizes, down = np.linalg.svd(added, full_matrices=False)
        root = np.sqrt(sizes[:_RANK])
        return up[:, : len(root)] * root, root[:, None] * down[: len(root)]

    weight: np.ndarray = np.mean([one.weight for one in adapters], axis=0)
    ways: np.ndarray = np.mean([one.ways for one in adapters], axis=0)
    bias = float(np.mean([one.bias for one in adapters]))
    return Adapter({name: nearest(name) for name in adapters[0].additions}, weight, bias, ways)


class _Addition(nn.Module):
    """A layer as published, and a product of two narrow matrices added to it."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer
        self.down = nn.Parameter(torch.randn(_RANK, layer.in_features) / math.sqrt(layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, _RANK))

    def forward(self, values: Tensor) -> Tensor:
        added: Tensor = self.layer(values) + _SCALE * (values @ self.down.T) @ self.up.T
        return added


class _Reader(nn.Module):
    """Reads questions, adapted, and scores every unit of the letter and "none of them"."""

    def __init__(self, letter: Letter) -> None:
        super().__init__()
        published, _, _ = load_model()
        encoder = SentenceEncoder(published, published)
        self.passages, self.vectors = _passages(encoder, letter)
        self.tokenizer = published.tokenizer
        self.prompt: str = published.prompts["query"]
        self.model = copy.deepcopy(published[0].model)
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        self.added: dict[str, _Addition] = dict(self._add())
        for module in self.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = _DROPOUT
        self.ways = nn.Parameter(torch.tensor([14.0, 0.0, 20.0, 0.0, 4.0, 0.0, 4.0, 0.0]))
        self.none = nn.Linear(encoder.dimensions, 1)
        nn.init.zeros_(self.none.weight)
        nn.init.constant_(self.none.bias, 18.0)

    def additions(self) -> list[nn.Parameter]:
        return [parameter for one in self.added.values() for parameter in (one.down, one.up)]

    def _add(self) -> Iterator[tuple[str, _Addition]]:
        for number, layer in enumerate(self.model.encoder.layer):
            for name in _LAYERS:
                parent, _, last = name.rpartition(".")
                owner = layer.get_submodule(parent)
                addition = _Addition(getattr(owner, last))
                setattr(owner, last, addition)
                yield f"encoder.layer.{number}.{name}", addition

    def go_on_from(self, adapter: Adapter) -> None:
        with torch.no_grad():
            for name, (up, down) in adapter.additions.items():
                self.added[name].up.copy_(torch.from_numpy(up.astype(np.float32) / _SCALE))
                self.added[name].down.copy_(torch.from_numpy(down.astype(np.float32)))
            self.none.weight.copy_(torch.from_numpy(adapter.weight))
            self.none.bias.fill_(adapter.bias)
            self.ways.copy_(torch.from_numpy(adapter.ways))

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Scores of shape `(texts, units + 1)`; the last one is that of "none of them"."""
        prompted = [self.prompt + text for text in texts]
        tokens = self.tokenizer(
            prompted, return_tensors="pt", padding=True, truncation=True, max_length=_MOST_TOKENS,
            return_offsets_mapping=True,
        )  # fmt: skip
        offsets = tokens.pop("offset_mapping").tolist()
        with torch.autocast("cpu", torch.bfloat16, enabled=_HALF):
            hidden = self.model(**tokens).last_hidden_state.float()
        mask = tokens["attention_mask"].unsqueeze(-1)
        pooled = nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)
        words = [
            torch.stack([states[group].mean(0) for group in words_of(text, spans, len(self.prompt)) or [[0]]])
            for text, spans, states in zip(prompted, offsets, hidden, strict=True)
        ]
        late = self._late(torch.cat(words), [len(some) for some in words])
        whole = (pooled @ self.vectors.T).reshape(len(texts), -1, len(VIEWS))
        return torch.cat([torch.cat([late, whole], dim=2) @ self.ways, self.none(pooled)], dim=1)

    def _late(self, words: Tensor, lengths: list[int]) -> Tensor:
        """Late interaction as `LateInteraction` has it, for gradients: shape `(texts, units, views)`."""
        unit = nn.functional.normalize(words - torch.from_numpy(self.passages.common), dim=-1)
        cosines = unit @ torch.from_numpy(self.passages.words).T
        sizes = np.diff([*self.passages.starts, cosines.shape[1]]).tolist()
        nearest = torch.stack([view.amax(1) for view in torch.split(cosines, sizes, dim=1)], dim=1)
        fits = torch.stack([some.mean(0) for some in torch.split(nearest, lengths)])
        return fits.reshape(len(lengths), -1, len(VIEWS))

    def loss(self, batch: Sequence[_Example]) -> Tensor:
        twice = [*batch, *batch]
        scores = self([example.text for example in twice]).log_softmax(1)
        wanted = torch.zeros_like(scores, dtype=torch.bool)
        for row, example in enumerate(twice):
            wanted[row, list(example.evidence) or [-1]] = True
        likely = torch.logsumexp(scores.masked_fill(~wanted, -torch.inf), 1)
        one, other = scores.chunk(2)
        apart = ((one.exp() - other.exp()) * (one - other)).sum(1) / 2  # the mean of the two relative entropies
        loss: Tensor = _TOGETHER * apart.mean() - likely.mean()
        return loss

    def save(self, path: Path) -> None:
        tensors = {
            "none.weight": self.none.weight.detach().numpy()[0],
            "none.bias": self.none.bias.detach().numpy(),
            "ways": self.ways.detach().numpy(),
        }
        for name, addition in self.added.items():
            tensors[f"{name}.up"] = (_SCALE * addition.up.detach()).numpy().astype(np.float16)
            tensors[f"{name}.down"] = addition.down.detach().numpy().astype(np.float16)
        fresh = path.with_name(f".{path.name}.partial")
        # Not by the library's own way to write a file, which nobody else may read.
        fresh.write_bytes(save({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}))
        fresh.replace(path)


def _passages(encoder: SentenceEncoder, letter: Letter) -> tuple[LateInteraction, Tensor]:
    """The words and the vectors of every view of every unit, in their order."""
    every = list(views(letter))
    encoded = encoder.encode([view.text for view in every], "passage")
    words = LateInteraction.of([own_words(view, one) for view, one in zip(every, encoded, strict=True)])
    return words, torch.from_numpy(np.stack([one.vector for one in encoded]))


def _example(letter: Letter, one: Labelled) -> _Example:
    """A question as it is searched, with the places of its evidence among the units."""
    places = tuple(letter.units.index(letter.by_id[name]) for name in sorted(one.evidence))
    return _Example(standalone(one.question, one.history, one.language).text, places)


def _batches(examples: Sequence[_Example], noise: random.Random) -> list[list[_Example]]:
    """Everything once, in an order of chance; those of a batch about as long, so that little of it is padding."""
    shuffled = noise.sample(examples, len(examples))
    pools = [sorted(shuffled[at : at + _POOL], key=lambda one: len(one.text)) for at in range(0, len(shuffled), _POOL)]
    batches = [pool[at : at + _BATCH] for pool in pools for at in range(0, len(pool), _BATCH)]
    return noise.sample(batches, len(batches))


def _noisy(text: str, noise: random.Random) -> str:
    """A text as it might have been typed: in lower case, without its question mark, with a letter wrong."""
    if noise.random() < 0.25:
        text = text.lower()
    if noise.random() < 0.25:
        text = text.rstrip("?. ")
    if noise.random() < 0.15 and len(text) > 8:
        at = noise.randrange(1, len(text) - 2)
        left_out, swapped = text[:at] + text[at + 1 :], text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        text = noise.choice([left_out, swapped, text[:at] + text[at] + text[at:]])
    return text


def _found(reader: _Reader, dev: Sequence[_Example]) -> str:
    """How often the evidence of dev questions is first and among the first five; and how well "none" is told."""
    reader.eval()
    with torch.no_grad():
        scores = torch.cat([reader([one.text for one in dev[i : i + _BATCH]]) for i in range(0, len(dev), _BATCH)])
    none = scores.softmax(1)[:, -1].numpy()
    order = scores[:, :-1].argsort(dim=1, descending=True).tolist()
    asked = [(ranked, one.evidence) for ranked, one in zip(order, dev, strict=True) if one.evidence]
    ranks = [min(map(ranked.index, evidence)) for ranked, evidence in asked]
    first, five = np.mean([rank == 0 for rank in ranks]), np.mean([rank < 5 for rank in ranks])
    told = roc_auc_score([not one.evidence for one in dev], none)
    return f"dev evidence first {first:.3f}, among five {five:.3f}; area under the curve of none of them {told:.3f}"
