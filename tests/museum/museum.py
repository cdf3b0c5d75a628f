#!/usr/bin/env python3
"""A museum of exports: small models of many families, exported in many ways, run by Lathe and compared.

  museum.py make OUT [--only TEXT]          writes the exports and what they should give (needs torch, transformers, ...)
  museum.py run OUT --lathe PROGRAM         runs them all: a table of errors, norm of x - r by norm of r
       [--only TEXT] [--limit 2e-6] [--md FILE]
  museum.py export OUT --lathe PROGRAM      has Lathe write them all as ONNX files (--optimised, --external-data), which
       [--only TEXT] [--limit 2e-6]         the checker of onnx takes and ONNX Runtime runs with the same answers

Each export is a folder: model.onnx, and for each batch of the sweep case_N.npz (inputs) and want_N.npz (FP64).
"""
import argparse
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np

SWEEP = [(1, 7), (1, 16), (3, 12), (4, 33)]


def text_inputs(batch: int, seq: int, vocab: int, seed: int, types: bool) -> dict:
    rng = np.random.default_rng(seed)
    ids = rng.integers(5, vocab, (batch, seq))
    mask = np.ones((batch, seq), np.int64)
    for row in range(1, batch):  # the first text is full
        mask[row, max(1, seq - 2 * row):] = 0
    inputs = {"input_ids": ids.astype(np.int64), "attention_mask": mask}
    if types:
        inputs["token_type_ids"] = (np.arange(seq)[None, :] > seq // 2).astype(np.int64).repeat(batch, 0)
    return inputs


def text_model(family: str, attention: str):
    import torch
    import transformers as tf

    torch.manual_seed(0)
    small = dict(vocab_size=99, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
                 max_position_embeddings=64, attn_implementation=attention)
    types = family in ("bert", "electra", "albert")
    if family == "bert":
        model = tf.BertModel(tf.BertConfig(**small))
    elif family == "bert-mlm":
        model = tf.BertForMaskedLM(tf.BertConfig(**small))
        types = True
    elif family == "bert-cls":
        model = tf.BertForSequenceClassification(tf.BertConfig(**small, num_labels=3))
        types = True
    elif family == "distilbert":
        model = tf.DistilBertModel(tf.DistilBertConfig(vocab_size=99, dim=64, n_layers=2, n_heads=4, hidden_dim=96,
                                                       max_position_embeddings=64, attn_implementation=attention))
    elif family == "roberta":
        model = tf.RobertaModel(tf.RobertaConfig(**small, pad_token_id=1))
    elif family == "electra":
        model = tf.ElectraModel(tf.ElectraConfig(**small, embedding_size=32))
    elif family == "mpnet":
        small.pop("attn_implementation")
        model = tf.MPNetModel(tf.MPNetConfig(**small, pad_token_id=1))
    elif family == "albert":
        model = tf.AlbertModel(tf.AlbertConfig(**small, embedding_size=32))
    elif family == "deberta-v2":
        small.pop("attn_implementation")
        model = tf.DebertaV2Model(tf.DebertaV2Config(**small, relative_attention=True, position_buckets=16,
                                                     pos_att_type=["p2c", "c2p"], norm_rel_ebd="layer_norm",
                                                     share_att_key=True, position_biased_input=False))
    elif family == "modernbert":
        small["global_attn_every_n_layers"] = 2
        small["local_attention"] = 8
        model = tf.ModernBertModel(tf.ModernBertConfig(**small, pad_token_id=0, bos_token_id=1, eos_token_id=2,
                                                       cls_token_id=1, sep_token_id=2, reference_compile=False))
    else:
        raise ValueError(family)
    for name, p in model.named_parameters():
        if p.dim() == 1:
            with torch.no_grad():
                p.add_(0.1 * torch.randn_like(p))
    return model.eval(), types


def tagger():
    import torch

    class Tagger(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.words = torch.nn.Embedding(99, 32)
            self.lstm = torch.nn.LSTM(32, 24, num_layers=2, bidirectional=True, batch_first=True)
            self.out = torch.nn.Linear(48, 7)

        def forward(self, input_ids):
            return self.out(self.lstm(self.words(input_ids))[0])

    torch.manual_seed(0)
    return Tagger().eval()


def vision_model(family: str, attention: str):
    import torch
    import transformers as tf

    torch.manual_seed(0)
    if family == "vit":
        return tf.ViTModel(tf.ViTConfig(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
                                        image_size=32, patch_size=8, attn_implementation=attention)).eval(), 32
    import torchvision
    model = torchvision.models.resnet18(weights=None) if family == "resnet" else torchvision.models.mobilenet_v2(weights=None)
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            with torch.no_grad():
                m.running_mean.normal_(0, 0.1)
                m.running_var.uniform_(0.5, 1.5)
                m.weight.uniform_(0.5, 1.5)
                m.bias.normal_(0, 0.1)
    return model.eval(), 64


class Wrapped:
    """The model as a function of named arrays, in a precision."""

    def __new__(cls, model, names, keys):
        import torch

        class Module(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = model

            def forward(self, *arrays):
                out = self.model(**dict(zip(names, arrays))) if keys else self.model(*arrays)
                if isinstance(out, torch.Tensor):
                    return (out,)
                return tuple(v for v in out.to_tuple() if isinstance(v, torch.Tensor))

        return Module().eval()


def export(module, example: dict, names_out, path, exporter, opset, folding, dynamic):
    import torch

    args = tuple(torch.from_numpy(v) for v in example.values())
    names = list(example)
    if exporter == "trace":
        axes = {n: dynamic(n) for n in names}
        torch.onnx.export(module, args, str(path), input_names=names, output_names=names_out, opset_version=opset,
                          dynamic_axes=axes, do_constant_folding=folding, dynamo=False)
        return
    from torch.export import Dim
    dims = {}
    shapes = tuple({axis: dims.setdefault(label, Dim(label, min=2, max=60)) for axis, label in dynamic(n).items()} for n in names)
    torch.onnx.export(module, args, str(path), input_names=names, output_names=names_out, opset_version=opset,
                      dynamic_shapes=(shapes,) if len(names) > 0 else None, dynamo=True, optimize=folding, external_data=False)


def variants(only: str):
    text = ["bert", "bert-mlm", "bert-cls", "distilbert", "roberta", "electra", "mpnet", "albert", "deberta-v2", "modernbert"]
    for family in text:
        attentions = ["eager", "sdpa"] if family not in ("mpnet", "deberta-v2") else ["eager"]
        for attention in attentions:
            for opset in ([11, 14, 17, 20] if family == "bert" else [14, 17]):
                if attention == "sdpa" and opset < 14:
                    continue
                for folding in ([True, False] if family == "bert" else [True]):
                    yield family, attention, "trace", opset, folding
            yield family, attention, "dynamo", 18, True
            if family == "bert":
                yield family, attention, "dynamo", 20, False
    for family in ("vit",):
        for attention in ("eager", "sdpa"):
            yield family, attention, "trace", 17, True
            yield family, attention, "dynamo", 18, True
    for family in ("resnet", "mobilenet", "tagger"):
        for opset in (11, 17, 20):
            yield family, "none", "trace", opset, True
        yield family, "none", "dynamo", 18, True


def make_one(out, family, attention, exporter, opset, folding):
    import torch

    name = f"{family}.{attention}.{exporter}.{opset}{'' if folding else '.unfolded'}"
    folder = out / name
    if (folder / "done").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    if family in ("vit", "resnet", "mobilenet"):
        model, size = vision_model(family, attention)
        rng = np.random.default_rng(0)
        cases = [{"pixel_values": rng.standard_normal((b, 3, size, size)).astype(np.float32)} for b in (2, 1, 3)]
        names, keys, dynamic = ["pixel_values"], family == "vit", (lambda n: {0: "batch"})
    elif family == "tagger":
        model = tagger()
        cases = [{"input_ids": text_inputs(b, s, 99, b, False)["input_ids"]} for b, s in [(2, 9)] + SWEEP]
        names, keys, dynamic = ["input_ids"], False, (lambda n: {0: "batch", 1: "sequence"})
    else:
        model, types = text_model(family, attention)
        cases = [text_inputs(b, s, 99, 10 * b + s, types) for b, s in [(2, 9)] + SWEEP]
        names, keys, dynamic = list(cases[0]), True, (lambda n: {0: "batch", 1: "sequence"})
    module = Wrapped(model, names, keys)
    with torch.no_grad():
        count = len(module(*(torch.from_numpy(v) for v in cases[0].values())))
        outs = [f"output_{i}" for i in range(count)]
        export(module, cases[0], outs, folder / "model.onnx", exporter, opset, folding, dynamic)
        exact = module.double()
        for i, case in enumerate(cases):
            values = [torch.from_numpy(v) for v in case.values()]
            values = [v.double() if v.dtype == torch.float32 else v for v in values]
            want = exact(*values)
            np.savez(folder / f"case_{i}.npz", **case)
            np.savez(folder / f"want_{i}.npz", **{o: w.double().numpy() for o, w in zip(outs, want)})
        module.float()
    (folder / "done").write_text("")


def simplified(out, folder):
    target = out / (folder.name + "+onnxsim")
    if (target / "done").exists():
        return
    import onnx
    import onnxsim
    model, ok = onnxsim.simplify(onnx.load(folder / "model.onnx"))
    copy_case(folder, target)
    onnx.save(model, target / "model.onnx")
    (target / "done").write_text("")


def optimised(out, folder):
    target = out / (folder.name + "+ort")
    family = folder.name.split(".")[0].split("-")[0]
    kind = {"bert": "bert", "distilbert": "bert", "roberta": "bert", "electra": "bert", "albert": "bert", "mpnet": "bert", "vit": "vit"}.get(family)
    if kind is None or (target / "done").exists():
        return
    from onnxruntime.transformers import optimizer
    copy_case(folder, target)
    result = optimizer.optimize_model(str(folder / "model.onnx"), model_type=kind, num_heads=4, hidden_size=64, opt_level=0)
    result.save_model_to_file(str(target / "model.onnx"))
    (target / "done").write_text("")


def copy_case(folder, target):
    import shutil
    target.mkdir(parents=True, exist_ok=True)
    for f in folder.glob("*.npz"):
        shutil.copy(f, target)


def make(args):
    warnings.simplefilter("ignore")
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    failures = {}
    for variant in variants(args.only):
        name = ".".join(str(v) for v in variant)
        if args.only and args.only not in name:
            continue
        try:
            make_one(out, *variant)
            print("made", name, flush=True)
        except Exception as e:  # an exporter that cannot do a model: said, not hidden
            failures[name] = f"{type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}"[:200]
            print("no export", name, failures[name], flush=True)
    for folder in sorted(out.iterdir()):
        if "+" in folder.name or not (folder / "done").exists() or (args.only and args.only not in folder.name):
            continue
        for step in (simplified, optimised):
            try:
                step(out, folder)
            except Exception as e:
                failures[f"{folder.name} {step.__name__}"] = f"{type(e).__name__}: {e}"[:200]
                print("no export", folder.name, step.__name__, e, flush=True)
    (out / "not_made.json").write_text(json.dumps(failures, indent=1))


def error_norm(x, r):
    if x.shape != r.shape:
        return float("inf")
    n = np.linalg.norm(r)
    return float(np.linalg.norm(x.astype(np.float64) - r) / (n if n > 0 else 1))


def reference(folder, i):
    """FP64, or what ONNX Runtime says where the export itself is not the model (a row whose window is all padding)."""
    want = dict(np.load(folder / f"want_{i}.npz"))
    try:
        import onnxruntime
    except ImportError:
        return want
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    names = {x.name for x in session.get_inputs()}
    got = session.run(None, {k: v for k, v in np.load(folder / f"case_{i}.npz").items() if k in names})
    theirs = {o.name: v.astype(np.float64) for o, v in zip(session.get_outputs(), got)}
    return theirs if max(error_norm(theirs[k], want[k]) for k in want) > 1e-5 else want


def run_case(lathe, folder, i, flags, limit):
    with tempfile.TemporaryDirectory() as temporary:
        out = pathlib.Path(temporary) / "out.npz"
        command = [lathe, "run", str(folder / "model.onnx"), "--input", str(folder / f"case_{i}.npz"), "--output", str(out), *flags]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            return None, (done.stderr.strip().splitlines() or ["no message"])[-1]
        got, want = np.load(out), dict(np.load(folder / f"want_{i}.npz"))
        missing = [k for k in want if k not in got.files]
        if missing:
            return None, f"no output {missing[0]}"
        warning = [l for l in done.stderr.splitlines() if "reference" in l]
        error = max(error_norm(got[k], want[k]) for k in want)
        if not error <= limit:
            want = reference(folder, i)
            error = max(error_norm(got[k], want[k]) for k in want)
        return error, (warning or [""])[0]


def run(args):
    rows, bad = [], 0
    for folder in sorted(pathlib.Path(args.out).iterdir()):
        if not (folder / "done").exists() or args.only and args.only not in folder.name:
            continue
        worst, note = 0.0, ""
        start = time.time()
        for i in itertools.count():
            if not (folder / f"case_{i}.npz").exists():
                break
            error, message = run_case(args.lathe, folder, i, args.flags, args.limit)
            if error is None:
                worst, note = float("inf"), message
                break
            worst, note = max(worst, error), note or message
        ok = worst <= args.limit
        bad += not ok
        rows.append((folder.name, worst, "" if ok else "FAILED", note))
        print(f"{folder.name:48} {worst:9.2e} {'' if ok else 'FAILED'} {note[:160]}", flush=True)
    print(f"{len(rows)} exports, {bad} failed")
    if args.md:
        write_page(args.md, rows)
    return 1 if bad else 0


def session_of(path):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def difference(x, r):
    """The norm of the difference; what is no number must be none in both."""
    if x.shape != r.shape or (np.isnan(x) != np.isnan(r)).any():
        return float("inf")
    return error_norm(np.nan_to_num(x), np.nan_to_num(r))


def answers(session, case):
    names = {x.name for x in session.get_inputs()}
    got = session.run(None, {k: v for k, v in case.items() if k in names})
    return {o.name: v for o, v in zip(session.get_outputs(), got)}


def export_one(args, folder, flags):
    """The greatest error of what ONNX Runtime makes of the written file, against what it makes of the export."""
    import onnx
    with tempfile.TemporaryDirectory() as temporary:
        file = pathlib.Path(temporary) / "written.onnx"
        command = [args.lathe, "export", str(folder / "model.onnx"), "-o", str(file), "--quiet", *flags]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            return float("inf"), (done.stderr.strip().splitlines() or ["no message"])[-1]
        try:
            onnx.checker.check_model(str(file))
            ours, theirs = session_of(file), session_of(folder / "model.onnx")
            worst, cases = 0.0, sorted(folder.glob("case_*.npz"))
            for path in cases:
                case = dict(np.load(path))
                got, want = answers(ours, case), answers(theirs, case)
                if list(got) != list(want):
                    return float("inf"), f"its outputs are {list(got)}, not {list(want)}"
                worst = max([worst] + [difference(got[k], want[k]) for k in want])
            return worst, "" if cases else "no cases"
        except Exception as e:
            return float("inf"), f"{type(e).__name__}: {e}".replace("\n", " ")


def export_all(args):
    count, bad, worst = 0, 0, 0.0
    for folder in sorted(pathlib.Path(args.out).iterdir()):
        if not (folder / "done").exists() or args.only and args.only not in folder.name:
            continue
        for flags in ([], ["--optimised"], ["--optimised", "--external-data"]):
            error, note = export_one(args, folder, flags)
            ok = error <= args.limit and not note
            count, bad, worst = count + 1, bad + (not ok), max(worst, error)
            print(f"{folder.name:44} {' '.join(flags) or 'as it is':28} {error:9.2e} {'' if ok else 'FAILED'} {note[:300]}",
                  flush=True)
    print(f"{count} files written, {bad} failed, the greatest error is {worst:.1e}")
    return 1 if bad or not count else 0


def write_page(path, rows):
    """The table of docs/museum.md: a line a family and way of export."""
    groups = {}
    for name, error, failed, _ in rows:
        parts = name.split(".")
        step = name.split("+")[1] if "+" in name else "raw"
        groups.setdefault((parts[0], parts[1], parts[2], step), []).append((error, failed))
    lines = ["| model | attention | exporter | then | exports | greatest error | failed |", "|---|---|---|---|---:|---:|---:|"]
    for key, list_ in sorted(groups.items()):
        worst = max(e for e, _ in list_)
        lines.append(f"| {' | '.join(key)} | {len(list_)} | {worst:.1e} | {sum(bool(f) for _, f in list_)} |")
    text = pathlib.Path(path).read_text()
    start, end = text.index("<!-- table -->"), text.index("<!-- end -->")
    pathlib.Path(path).write_text(text[:start] + "<!-- table -->\n" + "\n".join(lines) + "\n" + text[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = parser.add_subparsers(dest="command", required=True)
    p = sub.add_parser("make")
    p.add_argument("out")
    p.add_argument("--only", default="")
    p = sub.add_parser("run")
    p.add_argument("out")
    p.add_argument("--lathe", default="build/lathe")
    p.add_argument("--only", default="")
    p.add_argument("--limit", type=float, default=2e-6)
    p.add_argument("--md", help="the page whose table is written anew")
    p.add_argument("flags", nargs="*")
    p = sub.add_parser("export")
    p.add_argument("out")
    p.add_argument("--lathe", default="build/lathe")
    p.add_argument("--only", default="")
    p.add_argument("--limit", type=float, default=2e-6)
    args = parser.parse_args()
    sys.exit({"make": make, "run": run, "export": export_all}[args.command](args))


if __name__ == "__main__":
    main()
