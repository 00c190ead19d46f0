"""Adapt the model's reading of questions to the letter, on questions that are neither of `dev` nor of `test`.

What is learnt are low-rank additions to the weights that read a question (`index.adapter`), and a line that tells the
questions that the letter does not answer. The words of a question are drawn towards those of the units that answer it
and away from all others; the loss is the negative log-likelihood of the evidence among every unit of the letter and
"none of them". Passages are read by the model as published, so the letter is encoded once.

`training.jsonl` holds the questions: `question`, `language`, `history`, `evidence` (ids of units, none when the letter
does not answer). They were written for this, unit by unit, without sight of the questions that measure.

The mean of what is learnt from the questions in two orders ("model soup", Wortsman et al., 2022), trained on a little,
is better than either. So the file is made in three steps:

    python -m eval train --epochs 4 --order 1 --out first.safetensors
    python -m eval train --epochs 4 --order 2 --out second.safetensors
    python -m eval train --epochs 2 --order 2 --continue first.safetensors second.safetensors
"""

import copy
import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from tqdm import tqdm

from corpus.letter import Letter
from eval.questions import QUESTIONS, load_questions
from index.adapter import ADAPTER, Adapter
from index.conversation import standalone
from index.embedding import SentenceEncoder, load_model, words_of
from index.late_interaction import LateInteraction
from index.lexical import Language
from index.store import own_words
from index.views import VIEWS, views

TRAINING = Path(__file__).parent / "training.jsonl"
_RANK = 8  # of an adapter that begins from nothing
_SCALE = 2.0  # of the additions while they are learnt; it is in the file's numbers
_FIRST_LAYER = 4  # below it a model reads letters and syntax, which need no adapting
_LAYERS = (
    *("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"),
    *("intermediate.dense", "output.dense"),
)
_BATCH, _RATE, _DECAY, _DROPOUT = 32, 1e-3, 0.05, 0.1
_MOST_TOKENS = 128  # a question is shorter
_SEED = 0
_HALF = torch.cpu.get_capabilities().get("avx512_bf16", False)  # half the bits, where the processor multiplies those
_LATER = 0.3  # of the rates, for who goes on: where a whole schedule stands after two thirds


@dataclass(frozen=True, slots=True)
class _Example:
    """A text as it is searched, and the places of the units that answer it; none for what the letter does not say."""

    text: str
    evidence: tuple[int, ...]


def report(
    letter: Letter, epochs: int, out: Path = ADAPTER, adapters: Sequence[Adapter] = (), order: int = 0
) -> Iterator[str]:
    """Train, and write the adapter after each epoch; the lines say how well the dev questions are found.

    With `adapters`, their mean is trained on, at lower rates. `order` seeds in which order the questions come and how
    they are misspelt; what the additions begin as is always the same, so that adapters can be averaged.
    """
    torch.manual_seed(_SEED)
    noise = random.Random(order)
    start = mean(adapters) if adapters else None
    reader = _Reader(letter, start.rank if start else _RANK)
    examples, dev = _training(letter), _dev(letter)
    rates = [rate * (_LATER if start else 1.0) for rate in (_RATE, 0.05, 0.01)]
    if start:
        reader.go_on_from(start)
    groups = [
        {"params": reader.additions(), "lr": rates[0], "weight_decay": _DECAY},
        {"params": [reader.views], "lr": rates[1], "weight_decay": 0.0},
        {"params": reader.aside.parameters(), "lr": rates[2], "weight_decay": 0.01},
    ]
    optimizer = torch.optim.AdamW(groups)
    steps = epochs * math.ceil(len(examples) / _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=0.1)
    yield f"{len(examples)} questions; {sum(not example.evidence for example in examples)} have no answer in the letter"
    yield f"before: {_found(reader, dev)}"
    for epoch in range(1, epochs + 1):
        noise.shuffle(examples)
        reader.train()
        losses = []
        for start in tqdm(
            range(0, len(examples), _BATCH), desc=f"epoch {epoch} of {epochs}", leave=False, disable=None
        ):
            batch = examples[start : start + _BATCH]
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
    """The adapter that adds the mean of what these add; its rank is the sum of theirs."""
    count = len(adapters)
    additions = {
        name: (
            np.concatenate([one.additions[name][0] for one in adapters], axis=1) / count,
            np.concatenate([one.additions[name][1] for one in adapters], axis=0),
        )
        for name in adapters[0].additions
    }
    weight: np.ndarray = np.mean([one.weight for one in adapters], axis=0)
    return Adapter(additions, weight, sum(one.bias for one in adapters) / count)


class _Addition(nn.Module):
    """A layer as published, and a product of two narrow matrices added to it."""

    def __init__(self, layer: nn.Linear, rank: int) -> None:
        super().__init__()
        self.layer = layer
        self.down = nn.Parameter(torch.randn(rank, layer.in_features) / math.sqrt(layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, rank))

    def forward(self, values: Tensor) -> Tensor:
        added: Tensor = self.layer(values) + _SCALE * (values @ self.down.T) @ self.up.T
        return added


class _Reader(nn.Module):
    """Reads questions, adapted, and scores every unit of the letter and "none of them"."""

    def __init__(self, letter: Letter, rank: int) -> None:
        super().__init__()
        published, _, _ = load_model()
        encoder = SentenceEncoder(published, published)
        self.passages, self.vectors = _passages(encoder, letter)
        self.tokenizer = published.tokenizer
        self.prompt: str = published.prompts["query"]
        self.model = copy.deepcopy(published[0].model)
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        self.added: dict[str, _Addition] = dict(self._add(rank))
        for module in self.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = _DROPOUT
        self.views = nn.Parameter(torch.tensor([14.0, 0.0, 20.0, 0.0, 4.0, 0.0, 4.0, 0.0]))
        self.aside = nn.Linear(encoder.dimensions, 1)
        nn.init.zeros_(self.aside.weight)
        nn.init.constant_(self.aside.bias, 18.0)

    def additions(self) -> list[nn.Parameter]:
        return [parameter for one in self.added.values() for parameter in (one.down, one.up)]

    def _add(self, rank: int) -> Iterator[tuple[str, _Addition]]:
        for number, layer in enumerate(self.model.encoder.layer):
            for name in _LAYERS if number >= _FIRST_LAYER else ():
                parent, _, last = name.rpartition(".")
                owner = layer.get_submodule(parent)
                addition = _Addition(getattr(owner, last), rank)
                setattr(owner, last, addition)
                yield f"encoder.layer.{number}.{name}", addition

    def go_on_from(self, adapter: Adapter) -> None:
        with torch.no_grad():
            for name, (up, down) in adapter.additions.items():
                self.added[name].up.copy_(torch.from_numpy(up.astype(np.float32) / _SCALE))
                self.added[name].down.copy_(torch.from_numpy(down.astype(np.float32)))
            self.aside.weight.copy_(torch.from_numpy(adapter.weight))
            self.aside.bias.fill_(adapter.bias)

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
        return torch.cat([torch.cat([late, whole], dim=2) @ self.views, self.aside(pooled)], dim=1)

    def _late(self, words: Tensor, lengths: list[int]) -> Tensor:
        """Late interaction as `LateInteraction` has it, for gradients: shape `(texts, units, views)`."""
        unit = nn.functional.normalize(words - torch.from_numpy(self.passages.common), dim=-1)
        cosines = unit @ torch.from_numpy(self.passages.words).T
        sizes = np.diff([*self.passages.starts, cosines.shape[1]]).tolist()
        nearest = torch.stack([view.amax(1) for view in torch.split(cosines, sizes, dim=1)], dim=1)
        fits = torch.stack([some.mean(0) for some in torch.split(nearest, lengths)])
        return fits.reshape(len(lengths), -1, len(VIEWS))

    def loss(self, batch: Sequence[_Example]) -> Tensor:
        scores = self([example.text for example in batch])
        wanted = torch.zeros_like(scores, dtype=torch.bool)
        for row, example in enumerate(batch):
            wanted[row, list(example.evidence) or [-1]] = True
        likely = torch.logsumexp(scores.masked_fill(~wanted, -torch.inf), 1) - torch.logsumexp(scores, 1)
        return -likely.mean()

    def save(self, path: Path) -> None:
        tensors = {
            "aside.weight": self.aside.weight.detach().numpy()[0],
            "aside.bias": self.aside.bias.detach().numpy(),
        }
        for name, addition in self.added.items():
            tensors[f"{name}.up"] = (_SCALE * addition.up.detach()).numpy().astype(np.float16)
            tensors[f"{name}.down"] = addition.down.detach().numpy().astype(np.float16)
        fresh = path.with_name(f".{path.name}.partial")
        save_file({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}, fresh)
        fresh.replace(path)


def _passages(encoder: SentenceEncoder, letter: Letter) -> tuple[LateInteraction, Tensor]:
    """The words and the vectors of every view of every unit, in their order."""
    every = list(views(letter))
    encoded = encoder.encode([view.text for view in every], "passage")
    words = LateInteraction.of([own_words(view, one) for view, one in zip(every, encoded, strict=True)])
    return words, torch.from_numpy(np.stack([one.vector for one in encoded]))


def _training(letter: Letter) -> list[_Example]:
    rows = [json.loads(line) for line in TRAINING.read_text(encoding="utf-8").splitlines()]
    return [_example(letter, row["question"], row["history"], row["language"], row["evidence"]) for row in rows]


def _dev(letter: Letter) -> list[_Example]:
    return [
        _example(letter, one.question, one.history, one.language, [name for group in one.evidence for name in group])
        for one in load_questions(QUESTIONS, letter)
        if one.split == "dev"
    ]


def _example(
    letter: Letter, question: str, history: Sequence[str], language: Language, evidence: Sequence[str]
) -> _Example:
    """A question as it is searched, with the places of its evidence among the units."""
    units = (letter.by_id[name] for name in evidence)
    return _Example(standalone(question, history, language).text, tuple(letter.units.index(unit) for unit in units))


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
