#!/usr/bin/env python3
"""Compares Lathe with transformers and sentence-transformers on random model folders and texts.

    scripts/check_models.py --program build/lathe [--rounds 500] [--seed 1]
    scripts/check_models.py --program build/lathe --seed 77 --rounds 1 --keep DIR    # one round again; its folder stays
    scripts/check_models.py --write DIR --seed 77        # the folder and what the peers answer (see tests/goldens/folders)

A round makes a tiny folder from its seed: one of BERT's classes, sizes, activation, labels, storage types, file layout,
tokenizer files, and for sentence-transformers modules, prompts and limits; and texts, most of them nasty. Then `lathe`
answers them from the folder, or from a plan built of it, and the peers answer in float64. A round that differs prints its
seed, and the exit status is 1. Needs torch, transformers, sentence-transformers, safetensors.
"""
import argparse
import collections
import json
import logging
import math
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

torch.set_grad_enabled(False)
torch.set_num_threads(1)
transformers.logging.disable_progress_bar()
CLASSES = ["BertModel", "BertForMaskedLM", "BertForPreTraining", "BertForNextSentencePrediction",
           "BertForSequenceClassification", "BertForTokenClassification", "BertForQuestionAnswering"]
POOLINGS = ["cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]
LEGACY = {"cls": "cls_token", "max": "max_tokens", "mean": "mean_tokens", "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
          "weightedmean": "weightedmean_tokens", "lasttoken": "lasttoken"}
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ("the a of and to in is was he she they we paris france rome city king queen house garden door water light old new good man "
         "Paris King The Été été zürich Σίσυφος ς straße STRASSE i̇stanbul İstanbul 中 文 こんにちは привет мир 12 3 2024").split()
PIECES = ["##s", "##ed", "##ing", "##er", "##ly", "##a", "##b", "##é", "##文", "##1", "##'", "##t", "##don"]
LETTERS = list("abcdefghijklmnopqrstuvwxyzABEKQSTZ0123456789") + list("éÉüßñİıσςΣжЖ") + list(".,!?'\"-:;()[]#@$%&/\\") + ["don", "do", "not"]
ODD = ["", " ", "\t", "\n", "\r\n", "\u200b", "\u00a0", "\u3000", "\x00", "\x1f", "\x7f", "\ufffd", "\ufeff", "\u0301", "\u0307", "\u00ad", "é", "É", "ﬁ", "ǅ", "ß",
       "İ", "ı", "K", "Å", "ς", "Σ", "中", "文", "あ", "한", "글", "😀", "👩‍👩‍👧", "🇫🇷", "𝒳", "\U000e0101", "don't", "n't", "'s", " ' ", "do not", "[MASK]", "[mask]",
       "[SEP]", "[CLS]", "[PAD]", "[UNK]", "[ MASK ]", "##ing", "...", "?!", "--help", "-", "{", "\"", "\\", "a" * 130, "x.y", "1,234.5"]


ANYTHING = {}  # an answer that hangs on rounding
counts = collections.Counter()  # of answers, by task: compared, and left because they hang on rounding


class Random(random.Random):
    def often(self, probability):
        return self.random() < probability

    def text(self, own):
        """A text of words, pieces and oddities; `own` are the folder's added tokens."""
        kind = self.randrange(10)
        if kind == 0:
            return self.choice(["", " ", "\n", "\u200b", "a", "[MASK]", "."])
        if kind == 1:
            return "".join(chr(self.choice([self.randrange(0x20, 0x250), self.randrange(0x370, 0x530), self.randrange(0x2000, 0x2200),
                                            self.randrange(0x3040, 0x3100), self.randrange(0x4E00, 0x4E80), self.randrange(0x1F300, 0x1F600)]))
                           for _ in range(self.randint(1, 30)))
        parts = []
        for _ in range(self.randint(1, 60 if kind == 2 else 12)):
            word = self.choice(WORDS) if self.often(0.6) else self.choice(ODD + own * 6) if self.often(0.6) else self.choice(LETTERS)
            parts.append(word + self.choice(["", "", "s", "ing", ".", ",", "'"]))
            parts.append(self.choice([" ", " ", " ", "", "  ", "\u00a0"]))
        return "".join(parts)


# ---------------------------------------------------------------- folders

def dump(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def make_vocabulary(rng):
    tokens = list(dict.fromkeys(rng.sample(WORDS, rng.randint(10, len(WORDS))) + rng.sample(PIECES, rng.randint(3, len(PIECES)))
                                + rng.sample(LETTERS, rng.randint(20, len(LETTERS)))))
    rng.shuffle(tokens)
    at = rng.choice([0, 0, rng.randrange(len(tokens))])
    return tokens[:at] + SPECIALS + tokens[at:]


def added_token(rng, content=None, special=None):
    special = rng.often(0.3) if special is None else special
    return dict(content=content or rng.choice(["<ent>", "NewWord", "Ünï", "foo bar", "[X]", "königin", " gap", "été-x", "$$"]),
                single_word=rng.often(0.2), lstrip=rng.often(0.2), rstrip=rng.often(0.2), normalized=rng.often(0.5), special=special)


def write_tokenizer(rng, folder, positions):
    """Files of a BERT tokenizer in one of the ways that folders have them. Returns the added tokens' contents."""
    vocabulary = make_vocabulary(rng)
    ids = {t: i for i, t in enumerate(vocabulary)}
    lower = rng.often(0.6)
    config = {}
    if rng.often(0.9):
        config["do_lower_case"] = lower
    if rng.often(0.3):
        config["strip_accents"] = rng.choice([True, False, None])
    if rng.often(0.3):
        config["tokenize_chinese_chars"] = rng.often(0.5)
    if rng.often(0.7):
        config["model_max_length"] = rng.choice([positions, positions, rng.randint(6, positions), 1000000000000000019884624838656])
    if rng.often(0.1):
        config["model_input_names"] = ["input_ids", "attention_mask"] + ["token_type_ids"] * rng.often(0.5)
    if rng.often(0.15):
        config["truncation_side"] = rng.choice(["left", "right"])
    if rng.often(0.2):
        config["clean_up_tokenization_spaces"] = rng.often(0.5)
    as_json = rng.often(0.6)
    kind = rng.choice(["BertTokenizer", "BertTokenizer", "BertTokenizerFast", None] + ["PreTrainedTokenizerFast"] * 2 * as_json)
    if kind:
        config["tokenizer_class"] = kind
    if kind == "PreTrainedTokenizerFast" or rng.often(0.3):
        config.update({r + "_token": t for r, t in zip(("pad", "unk", "cls", "sep", "mask"), SPECIALS)})
    extra = []
    for _ in range(rng.choice([0, 0, 1, 2, 3])):
        token = added_token(rng)
        if token["content"] not in [t["content"] for t in extra]:
            extra.append(token)
    way = rng.choice(["added_tokens.json", "decoder", "tokenizer.json"] if as_json else ["added_tokens.json", "decoder"])
    if way == "added_tokens.json" and kind == "PreTrainedTokenizerFast":
        way = "tokenizer.json"
    numbered = {len(vocabulary) + i: t for i, t in enumerate(extra)}
    if extra and way == "added_tokens.json":
        dump(folder / "added_tokens.json", {t["content"]: i for i, t in numbered.items()})
    if extra and way == "decoder":
        specials = {ids[t]: added_token(rng, t, True) | dict(lstrip=False, rstrip=False, single_word=False, normalized=False) for t in SPECIALS}
        if rng.often(0.2):
            specials[ids["[MASK]"]]["lstrip"] = True
        config["added_tokens_decoder"] = {str(i): t for i, t in {**specials, **numbered}.items()}
    if rng.often(0.2):
        dump(folder / "special_tokens_map.json", {r + "_token": t for r, t in zip(("pad", "unk", "cls", "sep", "mask"), SPECIALS)})
    if as_json:
        from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
        t = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=rng.choice([100, 100, 20])))
        t.normalizer = normalizers.BertNormalizer(lowercase=lower if rng.often(0.8) else not lower, clean_text=rng.often(0.9),
                                                  handle_chinese_chars=rng.often(0.9), strip_accents=rng.choice([None, None, True, False]))
        t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        if rng.often(0.9):
            t.decoder = decoders.WordPiece(cleanup=rng.often(0.7))
        t.add_special_tokens(SPECIALS)
        if way == "tokenizer.json":
            for token in extra:
                token = dict(token)
                special = token.pop("special")
                (t.add_special_tokens if special else t.add_tokens)([AddedToken(token.pop("content"), special=special, **token)])
        t.post_processor = processors.TemplateProcessing(single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
                                                         special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])])
        if rng.often(0.3):
            t.enable_truncation(rng.randint(5, 20), direction=rng.choice(["right", "right", "left"]))
        if rng.often(0.3):
            t.enable_padding(pad_id=ids["[PAD]"])
        t.save(str(folder / "tokenizer.json"))
    if not as_json or rng.often(0.3):
        (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    if config and not (as_json and kind is None and not (extra and way == "decoder") and rng.often(0.3)):
        dump(folder / "tokenizer_config.json", config)
    return [t["content"] for t in extra]


def randomise(model, rng):
    generator = torch.Generator().manual_seed(rng.randrange(1 << 31))
    for name, p in model.named_parameters():
        noise = torch.randn(p.shape, generator=generator)
        if "norm" in name.lower():
            p.copy_(0.2 * noise + (1.0 if name.endswith("weight") else 0.0))
        elif p.dim() == 1:
            p.copy_(0.2 * noise)
        else:
            p.copy_(noise * (0.6 if "embeddings" in name else 1.3 / p.shape[-1] ** 0.5))
    return model


def write_modules(rng, folder, encoder, width):
    """sentence-transformers' files. Returns the prompts by name."""
    types = rng.choice(["sentence_transformers.models.", "sentence_transformers.base.modules."])
    where = {"Pooling": "sentence_transformers.models.", "LayerNorm": "sentence_transformers.models.", "Dropout": "sentence_transformers.models."}
    modules = [("Transformer", "" if encoder == folder else encoder.name)]
    settings = {}
    if rng.often(0.6):
        settings["max_seq_length"] = rng.randint(5, 40)
    if rng.often(0.4):
        settings["do_lower_case"] = rng.often(0.6)
    if settings or rng.often(0.3):
        dump(encoder / "sentence_bert_config.json", settings)
    modes = rng.sample(POOLINGS, rng.choice([1, 1, 1, 2, 3]))
    if rng.often(0.5):
        pooling = {"word_embedding_dimension": width, **{"pooling_mode_" + LEGACY[m]: m in modes for m in POOLINGS if m in modes or rng.often(0.7)}}
    else:
        pooling = {"embedding_dimension": width, "pooling_mode": modes if len(modes) > 1 else modes[0]}
    if rng.often(0.4):
        pooling["include_prompt"] = rng.often(0.4)
    modules.append(("Pooling", "1_Pooling"))
    dump(folder / "1_Pooling" / "config.json", pooling)
    width *= len(modes)
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        kind = rng.choice(["Dense", "Dense", "LayerNorm", "Normalize", "Dropout"])
        place = f"{len(modules)}_{kind}"
        modules.append((kind, place))
        path = folder / place
        path.mkdir()
        generator = torch.Generator().manual_seed(rng.randrange(1 << 31))
        noise = lambda *shape: torch.randn(shape, generator=generator)  # noqa: E731
        if kind == "Dense":
            out = rng.choice([width, rng.randint(3, 40)])
            bias, residual = rng.often(0.7), rng.often(0.2)
            dump(path / "config.json", {"in_features": width, "out_features": out, "bias": bias, "activation_function": "torch.nn.modules." + rng.choice(
                ["linear.Identity", "activation.Tanh", "activation.ReLU", "activation.GELU", "activation.Sigmoid", "activation.SiLU"]),
                **({"use_residual": True} if residual else {})})
            weights = {"linear.weight": noise(out, width) / width ** 0.5, **({"linear.bias": noise(out)} if bias else {}),
                       **({"residual.weight": noise(out, width)} if residual and out != width else {})}
            save_file({k: v.to(rng.choice([torch.float32, torch.float32, torch.float16])) for k, v in weights.items()}, path / "model.safetensors")
            width = out
        elif kind == "LayerNorm":
            dump(path / "config.json", {"dimension": width})
            save_file({"norm.weight": 1 + 0.3 * noise(width), "norm.bias": 0.3 * noise(width)}, path / "model.safetensors")
        elif kind == "Dropout":
            dump(path / "config.json", {"dropout": 0.3})
    if rng.often(0.5):
        modules.append(("Normalize", f"{len(modules)}_Normalize"))
    dump(folder / "modules.json", [dict(idx=i, name=str(i), path=path, type=where.get(kind, types) + kind) for i, (kind, path) in enumerate(modules)])
    prompts = {}
    if rng.often(0.6):
        names = rng.sample(["query", "passage", "document", "clustering"], rng.randint(0, 3))
        prompts = {n: rng.choice(["query: ", "Represent the king: ", "", "été ", "the old ", "[SEP]"]) for n in names}
        other = {"default_prompt_name": rng.choice(names)} if names and rng.often(0.5) else {}
        if rng.often(0.3):
            other["truncate_dim"] = rng.randint(2, 60)
        dump(folder / "config_sentence_transformers.json", {"__version__": {"sentence_transformers": "3.0.0"}, "prompts": prompts, **other})
    return {"query": "", "document": "", **prompts}


def make_folder(seed, folder):
    """Writes a folder; returns what the cases need to know of it."""
    rng = Random(seed)
    sentence = rng.often(0.45)
    name = rng.choice(["BertModel"] * 3 + CLASSES[1:]) if sentence else rng.choice(CLASSES)
    encoder = folder / "0_Transformer" if sentence and rng.often(0.3) else folder
    encoder.mkdir(parents=True, exist_ok=True)
    heads = rng.choice([1, 2, 3, 4])
    config = dict(hidden_size=heads * rng.choice([2, 4, 7, 8, 12]), num_attention_heads=heads, num_hidden_layers=rng.choice([1, 1, 2]),
                  intermediate_size=rng.randint(8, 60), max_position_embeddings=rng.choice([24, 40, 64]),
                  type_vocab_size=rng.choice([1, 2, 2, 2, 3]), layer_norm_eps=rng.choice([1e-12, 1e-12, 1e-5]),
                  hidden_act=rng.choice(["gelu", "gelu", "gelu_new", "relu", "gelu_python", "gelu_pytorch_tanh", "silu", "tanh"]),
                  tie_word_embeddings=rng.often(0.8))
    own = write_tokenizer(rng, encoder, config["max_position_embeddings"])
    dump(encoder / "config.json", {"model_type": "bert", "vocab_size": 10, **config})
    tokenizer = transformers.AutoTokenizer.from_pretrained(encoder)
    config["vocab_size"] = max(tokenizer.get_vocab().values()) + 1 + rng.choice([0, 0, 3])
    if name in ("BertForSequenceClassification", "BertForTokenClassification"):
        count = rng.choice([1, 2, 3, 5])
        labels = ["O", "B-PER", "I-PER", "B-LOC", "LOC"] if name == "BertForTokenClassification" else ["neg", "", "positive é", "4", "LABEL_9"]
        if rng.often(0.8):
            config["id2label"] = {i: labels[i] for i in range(count)}
            config["label2id"] = {labels[i]: i for i in range(count)}
        else:
            config["num_labels"] = count
        if rng.often(0.6):
            config["problem_type"] = rng.choice(["single_label_classification"] * (count > 1) + ["multi_label_classification", "regression"])
    bert = transformers.BertConfig(**config)
    bert._attn_implementation = "eager"
    dtype = rng.choice([torch.float32, torch.float32, torch.float16, torch.bfloat16])
    pooler = {"add_pooling_layer": False} if name == "BertModel" and rng.often(0.2) else {}
    model = randomise(getattr(transformers, name)(bert, **pooler), rng).to(dtype)
    model.tie_weights()
    model.save_pretrained(encoder, max_shard_size=rng.choice(["1GB", "1GB", "8KB"]))
    prompts = write_modules(rng, folder, encoder, config["hidden_size"]) if sentence else {"query": "", "document": ""}
    return dict(rng=rng, cls=name, folder=folder, encoder=encoder, sentence=sentence, own=own, prompts=prompts, config=config)


# ---------------------------------------------------------------- what the peers answer

def softmax(logits):
    return torch.softmax(logits, -1)


class Peers:
    def __init__(self, facts):
        self.facts = facts
        self.encoder = facts["encoder"]
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(self.encoder)
        self.positions = facts["config"]["max_position_embeddings"]
        self.model = None

    def load(self):
        if self.model is None:
            cls = getattr(transformers, self.facts["cls"])
            self.model = cls.from_pretrained(self.encoder, dtype=torch.float64, attn_implementation="eager").eval()
        return self.model

    def fits(self, one, **options):
        encoded = self.encode(one, **options)
        return 0 < len(encoded["input_ids"]) <= self.positions and max(encoded.get("token_type_ids", [0])) < self.facts["config"]["type_vocab_size"]

    def encode(self, one, **options):
        """A text or pair as one of a batch: alone, transformers takes an empty second text for none."""
        batch = self.tokenizer(*([[one]] if isinstance(one, str) else [[text] for text in one]), **options)
        return {k: v[0] for k, v in batch.items()}

    def pipeline(self, task, **options):
        return transformers.pipeline(task, model=self.load(), tokenizer=self.tokenizer, device="cpu", dtype=torch.float64, **options)

    def tokenize(self, inputs, options):
        result = []
        for one in inputs:
            encoded = self.encode(one, return_offsets_mapping=True, truncation=bool(options), return_token_type_ids=True, **options)
            result.append(dict(ids=encoded["input_ids"], type_ids=encoded["token_type_ids"], offsets=[list(o) for o in encoded["offset_mapping"]]))
        return result

    def classify(self, inputs, options):
        result = []
        if options:  # beyond the model's positions transformers fails where its tokenizer names no limit; Lathe cuts there
            self.tokenizer.model_max_length = min(self.tokenizer.model_max_length, self.positions)
        for one in inputs:
            pairs_only = self.facts["cls"] != "BertForSequenceClassification"
            if pairs_only and isinstance(one, str) or not self.fits(one, **options):
                result.append(None)
            elif pairs_only or isinstance(one, list) and not one[1]:
                out = self.load()(**{k: torch.tensor([v]) for k, v in self.encode(one, **options).items()})
                logits = out["logits" if "logits" in out else "seq_relationship_logits"][0]
                result.append(self.labelled(logits, pairs_only))
            else:
                text = one if isinstance(one, str) else dict(text=one[0], text_pair=one[1])
                result.append(self.pipeline("text-classification")(text, top_k=None, **options))
        return result

    def labelled(self, logits, next_sentence):
        names = ("is_next", "not_next") if next_sentence else [self.model.config.id2label[i] for i in range(len(logits))]
        kind = None if next_sentence else self.model.config.problem_type
        scores = logits if kind == "regression" else logits.sigmoid() if kind == "multi_label_classification" or len(logits) == 1 else softmax(logits)
        return sorted((dict(label=n, score=s) for n, s in zip(names, scores.tolist())), key=lambda a: -a["score"])

    def fill_mask(self, inputs, options):
        mask = self.tokenizer.mask_token
        result = []
        for text in inputs:
            text = replace_masks(text, mask)
            encoded = self.tokenizer(text, return_tensors="pt")
            at = (encoded.input_ids[0] == self.tokenizer.mask_token_id).nonzero()[:, 0]
            if len(at) == 0 or not self.fits(text):
                result.append(None)
                continue
            out = self.load()(**encoded)
            p = softmax(out["logits"] if "logits" in out else out["prediction_logits"])[0]
            rows = []
            for m in at.tolist():
                score, token = p[m].topk(options["top_k"])
                row = []
                for s, t in zip(score.tolist(), token.tolist()):
                    ids = encoded.input_ids[0].clone()
                    ids[m] = t
                    ids = ids[ids != self.tokenizer.pad_token_id]
                    row.append(dict(score=s, token=t, token_str=self.tokenizer.decode([t]), sequence=self.tokenizer.decode(ids, skip_special_tokens=len(at) == 1)))
                rows.append(row)
            result.append(rows[0] if len(rows) == 1 else rows)
        return result

    def tag(self, inputs, options):
        limit = self.tokenizer.model_max_length
        answer = self.pipeline("token-classification", aggregation_strategy=options["aggregation"], **({"stride": options["stride"]} if "stride" in options else {}))
        result = []
        for text in inputs:
            # Beyond the model's positions transformers fails where its tokenizer names no limit; Lathe cuts there.
            self.tokenizer.model_max_length = min(limit, self.positions)
            try:
                result.append(answer(text) if text else [])
            finally:
                self.tokenizer.model_max_length = limit
        return result

    def answer(self, inputs, options):
        return [self.answer_one(question, context, options) for question, context in inputs]

    def answer_one(self, question, context, options):
        """transformers' pipeline "question-answering", as its releases 4 had it."""
        tokenizer, limit = self.tokenizer, min(384, self.positions, self.tokenizer.model_max_length)
        if max(tokenizer("a", "b").get("token_type_ids", [0])) >= self.facts["config"]["type_vocab_size"]:
            return None
        ids = [tokenizer(t, add_special_tokens=False).input_ids for t in (question, context)]
        if not ids[0] or not ids[1] or len(ids[0]) + 3 + 1 >= limit:
            return None
        stride = min(limit // 2, 128)
        if len(ids[0]) + 3 + stride >= limit:
            stride = min(stride, (limit - len(ids[0]) - 3) // 2)
        encoded = tokenizer(question, context, truncation="only_second", max_length=limit, stride=stride, return_overflowing_tokens=True,
                            return_offsets_mapping=True, return_token_type_ids=True)
        answers, k, tied = {}, options["top_k"] * 2 + 10, False
        for w in range(len(encoded.input_ids)):
            sequence = encoded.sequence_ids(w)
            model_inputs = {n: torch.tensor([encoded[n][w]]) for n in ("input_ids", *tokenizer.model_input_names)}
            out = self.load()(**model_inputs)
            allowed = torch.tensor([s == 1 or i == 0 for i, s in enumerate(sequence)])
            start, end = (softmax(torch.where(allowed, x[0], -torch.inf)) for x in (out.start_logits, out.end_logits))
            start[0] = end[0] = 0
            score = torch.triu(start[:, None] * end[None, :]).tril(14)
            inside = torch.tensor([s == 1 for s in sequence])
            pairs = [(score[i, j].item(), i, j) for i in range(len(sequence)) for j in range(i, min(len(sequence), i + 15)) if inside[i] and inside[j]]
            pairs.sort(key=lambda p: (-p[0], p[1], p[2]))
            tied = tied or len(pairs) > k and pairs[k - 1][0] - pairs[k][0] < 1e-6
            offsets, tokens = encoded.offset_mapping[w], tokenizer.convert_ids_to_tokens(encoded.input_ids[w])
            for s, i, j in pairs[:k]:
                while i > 0 and tokens[i].startswith("##") and sequence[i - 1] == 1:
                    i -= 1
                while j + 1 < len(tokens) and tokens[j + 1].startswith("##") and sequence[j + 1] == 1:
                    j += 1
                text = context[offsets[i][0]:offsets[j][1]]
                known = answers.setdefault(text.lower(), dict(score=0, start=offsets[i][0], end=offsets[j][1], answer=text))
                known["score"] += s
        best = sorted(answers.values(), key=lambda a: -a["score"])
        # Rounding decides which of equal spans are looked at, and which of equal answers is the best one.
        if tied or options["top_k"] == 1 and len(best) > 1 and best[0]["score"] - best[1]["score"] < 1e-6:
            return ANYTHING
        best = best[:options["top_k"]]
        return best[0] if len(best) == 1 else best

    def embed(self, inputs, options):
        from sentence_transformers import SentenceTransformer
        model = SentenceTransformer(str(self.facts["folder"]), device="cpu", model_kwargs={"dtype": torch.float64, "attn_implementation": "eager"})
        options = dict(options)
        if "pooling" in options:
            mode = options.pop("pooling")
            model[1].pooling_mode = mode
        if options.pop("normalize", None) is not None:
            options["normalize_embeddings"] = True
        if "dimensions" in options:
            options["truncate_dim"] = options.pop("dimensions")
        limit = self.positions
        if model.max_seq_length is None or model.max_seq_length > limit:
            model.max_seq_length = limit
        return [model.encode([text], **options)[0].tolist() for text in inputs]


def replace_masks(text, mask):
    """"[mask]" in any case is the tokenizer's mask."""
    out, low = "", text.lower() if len(text.lower()) == len(text) else text
    i = 0
    while i < len(text):
        if low[i:i + 6] == "[mask]" and text[i:i + 6].isascii():
            out, i = out + mask, i + 6
        else:
            out, i = out + text[i], i + 1
    return out


# ---------------------------------------------------------------- cases and comparison

def make_cases(facts):
    """[(task, options of the task, inputs)]"""
    rng, name = facts["rng"], facts["cls"]
    texts = [rng.text(facts["own"]) for _ in range(rng.randint(3, 7))]
    pairs = [[rng.text(facts["own"]), rng.text(facts["own"])] for _ in range(3)]
    cases = [("tokenize", {}, texts + pairs)]
    if rng.often(0.5):
        cases.append(("tokenize", {"max_length": rng.randint(5, 30)}, texts + pairs))
    if name == "BertForSequenceClassification":
        cases.append(("classify", {}, texts + pairs))
        if rng.often(0.5):
            cases.append(("classify", {"truncation": True}, texts + pairs))
    if name in ("BertForNextSentencePrediction", "BertForPreTraining"):
        cases.append(("classify", {}, pairs + texts[:1]))
    if name in ("BertForMaskedLM", "BertForPreTraining"):
        masked = [t + rng.choice(["[MASK]", " [mask]", "[MASK] [MASK]", ""]) + rng.choice(["", " .", " the king"]) for t in texts]
        cases.append(("fill_mask", {"top_k": rng.randint(1, 6)}, masked))
    if name == "BertForTokenClassification":
        for how in rng.sample(["none", "simple", "first", "average", "max"], 2):
            cases.append(("tag", {"aggregation": how}, texts))
        limit = min(facts["config"]["max_position_embeddings"], transformers.AutoTokenizer.from_pretrained(facts["encoder"]).model_max_length)
        if limit > 8:
            cases.append(("tag", {"aggregation": "simple", "stride": rng.randint(0, min(5, limit - 4))}, texts))
    if name == "BertForQuestionAnswering":
        cases.append(("answer", {"top_k": rng.choice([1, 1, 3])}, [[q[:40], c] for q, c in pairs] + [["who?", " ".join(texts)]]))
    if facts["sentence"] or rng.often(0.4):
        cases.append(("embed", {}, texts))
        options = {}
        if rng.often(0.4):
            options["prompt_name"] = rng.choice(list(facts["prompts"]))
        elif rng.often(0.4):
            options["prompt"] = rng.choice(["", "query: ", "the é ", "Represent: "])
        if rng.often(0.3):
            options["normalize"] = True
        if rng.often(0.3):
            options["dimensions"] = rng.randint(1, 50)
        if rng.often(0.3):
            options["pooling"] = rng.choice(POOLINGS)
        if options and not (options.get("pooling") and pools_many(facts)):
            cases.append(("embed", options, texts))
    return cases


def pools_many(facts):
    """Whether another pooling mode gives the modules behind it vectors of another width."""
    path = facts["folder"] / "1_Pooling" / "config.json"
    if not path.exists():
        return False
    config = json.loads(path.read_text())
    modes = config.get("pooling_mode", [m for m in POOLINGS if config.get("pooling_mode_" + LEGACY[m])])
    return not isinstance(modes, str) and len(modes) > 1


FLAGS = {"max_length": "--max-length", "top_k": "--top-k", "aggregation": "--aggregation", "stride": "--stride", "prompt_name": "--prompt",
         "prompt": "--prompt-text", "dimensions": "--dimensions", "pooling": "--pooling"}


def arguments(task, options):
    flags = {"truncation": ["--truncate"], "normalize": ["--normalize"]}
    result = [task.replace("_", "-")]
    for key, value in options.items():
        result += flags[key] if key in flags else [f"{FLAGS[key]}={value}"]
    return result


def ask(program, model, task, options, inputs):
    """A list with an answer an input; None where it was refused. A text where the program failed as a whole."""
    command = [program, *arguments(task, options), "--model", str(model), "--json", "--json-input"] + (["--threads", "1"] if task != "tokenize" else [])
    done = subprocess.run(command, input="".join(json.dumps(i) + "\n" for i in inputs), text=True, capture_output=True, timeout=120)
    lines = done.stdout.split("\n")[:-1]
    if len(lines) != len(inputs):
        return f"status {done.returncode}, {len(lines)} lines: {done.stderr.strip()[-400:]}"
    return [json.loads(line) for line in lines]


def differs(expected, found, tolerance, path=""):
    """Where two answers differ, or nothing."""
    if expected == ANYTHING:
        return None
    if isinstance(expected, float) or isinstance(found, float):
        close = isinstance(found, (int, float)) and isinstance(expected, (int, float)) and abs(expected - found) <= tolerance * max(1.0, abs(expected))
        return None if close else f"{path}: {expected} {found}"
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = [k for k in expected if k in found or k not in ("start", "end", "index")]
        return next((d for k in keys if (d := differs(expected[k], found.get(k), tolerance, f"{path}.{k}"))), None)
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return f"{path}: {len(expected)} and {len(found)} of them: {json.dumps(expected, ensure_ascii=False)[:300]} {json.dumps(found, ensure_ascii=False)[:300]}"
        expected, found = settled(expected, tolerance), settled(found, tolerance)
        return next((d for i, (a, b) in enumerate(zip(expected, found)) if (d := differs(a, b, tolerance, f"{path}[{i}]"))), None)
    return None if expected == found else f"{path}: {expected!r} {found!r}"


def settled(answers, tolerance):
    """Ranked answers in an order that rounding does not change: equals by their text, the last of equals left out."""
    if not answers or not all(isinstance(a, dict) and "score" in a and "entity" not in a and "entity_group" not in a for a in answers):
        return answers
    groups = [[]]
    for a in answers:
        if groups[-1] and abs(groups[-1][-1]["score"] - a["score"]) > tolerance:
            groups.append([])
        groups[-1].append(a)
    if len(groups[-1]) > 1 and "label" not in answers[0]:
        groups.pop()
    return [a for group in groups for a in sorted(group, key=lambda a: json.dumps({k: v for k, v in a.items() if k != "score"}))]


def plain(value):
    return json.loads(json.dumps(value, default=float))


def is_number(value):
    return not any(isinstance(v, float) and not math.isfinite(v) for v in (value if isinstance(value, list) else [value]))


def check_round(program, seed, folder):
    """The differences of a round, as lines."""
    facts = make_folder(seed, folder)
    peers, rng = Peers(facts), facts["rng"]
    cases = make_cases(facts)
    model = folder
    problems = []
    if rng.often(0.5):
        model = folder / "model.plan"
        done = subprocess.run([program, "build", str(folder), "-o", str(model)], capture_output=True, text=True, timeout=120)
        if done.returncode:
            return [f"build: {done.stderr.strip()[-400:]}"]
    for task, options, inputs in cases:
        where = facts["encoder"] if task == "tokenize" and model == folder else model
        expected = plain(getattr(peers, task)(inputs, options))
        found = ask(program, where, task, options, inputs)
        name = f"{task} {json.dumps(options, ensure_ascii=False)} {'plan' if model != folder else 'folder'}"
        if isinstance(found, str):
            problems.append(f"{name}: {found}")
            continue
        for one, a, b in zip(inputs, expected, found):
            counts[task, a == ANYTHING] += 1
            if task == "embed" and not is_number(a):
                a = None
            if difference := differs(a, b, 2e-5):
                problems.append(f"{name} {json.dumps(one, ensure_ascii=False)[:300]}: {difference}")
                break
    return [f"{facts['cls']} {p}" for p in problems]


def write_sample(seed, folder):
    """The folder with cases.json: [{"task", "options", "inputs", "answers"}]."""
    facts = make_folder(seed, folder)
    peers = Peers(facts)
    cases = [dict(task=t, options=o, inputs=i, answers=plain(getattr(peers, t)(i, o))) for t, o, i in make_cases(facts)]
    dump(folder / "cases.json", cases)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/lathe")
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next ones count on")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the model folders of rounds that differ")
    parser.add_argument("--write", type=pathlib.Path, help="write the seed's folder with cases.json there, and stop")
    options = parser.parse_args()
    if options.write:
        return write_sample(options.seed, options.write)
    failed, begin = 0, time.time()
    for seed in range(options.seed, options.seed + options.rounds):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / "model"
            folder.mkdir()
            try:
                problems = check_round(options.program, seed, folder)
            except Exception as error:  # noqa: BLE001: one round must not end the others
                problems = [f"{type(error).__name__}: {error}"]
            if problems and options.keep:
                shutil.copytree(folder, options.keep / str(seed), dirs_exist_ok=True)
        failed += bool(problems)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{seed - options.seed + 1} of {options.rounds} rounds, {failed} differ, {time.time() - begin:.0f} s ")
        for problem in problems:
            print(f"seed {seed}: {problem}", flush=True)
    print(f"{options.rounds} rounds in {time.time() - begin:.0f} s, {failed} differ")
    for task in sorted({t for t, _ in counts}):
        left = counts[task, True]
        print(f"  {task:<10} {counts[task, False]:6} answers compared" + (f", {left} left: they hang on rounding" if left else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
