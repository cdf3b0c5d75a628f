#!/usr/bin/env python3
"""A museum of exports: small models of many families, exported in many ways, run by Lathe and compared.

  museum.py make OUT [--only TEXT]          writes the exports and what they should give (needs torch, transformers, ...)
  museum.py goldens FOLDER                  a few of them, tiny, whose steps the tests hold (tests/goldens/exports)
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

from models import TINY, Wrapped, export, tagger, text_inputs, text_model, vision_model

SWEEP = [(1, 7), (1, 16), (3, 12), (4, 33)]


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


def goldens(args):
    """The same weights in the exporters' spellings, without what no reader needs: stack traces, shapes, documentation."""
    import onnx
    import onnxsim
    import torch
    from onnxruntime.transformers import optimizer

    warnings.simplefilter("ignore")
    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)

    def store(model, name):
        for part in [model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output]:
            part.ClearField("metadata_props")
            part.ClearField("doc_string")
        del model.graph.value_info[:]
        onnx.save(model, out / f"{name}.onnx")

    def made(family, attention, exporter, opset):
        model, types = text_model(family, attention, TINY)
        if family == "bert":
            model.save_pretrained(out / "bert")
        example = text_inputs(2, 9, TINY["vocab_size"], 1, types)
        name, plain = f"{family}.{attention}.{exporter}.{opset}", out / "plain.onnx"
        module = Wrapped(model, list(example), True)
        with torch.no_grad():
            count = len(module(*(torch.from_numpy(v) for v in example.values())))
            export(module, example, [f"output_{i}" for i in range(count)], plain, exporter, opset, True,
                   lambda n: {0: "batch", 1: "sequence"})
        store(onnx.load(plain), name)
        if family == "bert":
            store(onnxsim.simplify(onnx.load(plain))[0], name + "+onnxsim")
        if family == "bert" and exporter == "trace":
            fused = optimizer.optimize_model(str(plain), model_type="bert", num_heads=2, hidden_size=16, opt_level=0)
            fused.save_model_to_file(str(plain))  # which names the domains that the model itself leaves out
            store(onnx.load(plain), name + "+ort")
        plain.unlink()

    for attention in ("eager", "sdpa"):
        made("bert", attention, "trace", 14)
        made("bert", attention, "dynamo", 18)
    for family in ("distilbert", "roberta", "electra", "albert", "modernbert"):
        made(family, "sdpa", "trace", 17)
    for family in ("mpnet", "deberta-v2"):
        made(family, "eager", "trace", 17)


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
        rows.append((folder.name, worst, "" if ok else "FAILED", steps_of(args.lathe, folder) if ok else {}))
        print(f"{folder.name:48} {worst:9.2e} {'' if ok else 'FAILED'} {note[:160]}", flush=True)
    print(f"{len(rows)} exports, {bad} failed")
    if args.md:
        write_page(args.md, rows)
    return 1 if bad else 0


def steps_of(lathe, folder):
    """How often each op is a step of the export's plan, padding dropped; those of the reference are "slow OP"."""
    done = subprocess.run([lathe, "inspect", str(folder / "model.onnx"), "--drop-padding", "--json"], capture_output=True, text=True)
    counts = {}
    for step in json.loads(done.stdout)["steps"]:
        op = step["op"]["op"]
        counts[op] = counts.get(op, 0) + 1
        if step["tactic"].startswith("reference."):
            counts["slow " + op] = counts.get("slow " + op, 0) + 1
    return counts


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
    for name, error, failed, steps in rows:
        parts = name.split(".")
        step = name.split("+")[1] if "+" in name else ""
        groups.setdefault((parts[0], parts[1], parts[2], step), []).append((error, failed, steps))
    lines = ["| model | attention | exporter | then | exports | failed | greatest error | attention in one step | steps of the reference |",
             "|---|---|---|---|---:|---:|---:|---|---|"]
    for key, exports in sorted(groups.items()):
        worst = max(e for e, _, _ in exports)
        fused = sum(1 for _, _, steps in exports if steps.get("attention") and not steps.get("softmax"))
        attends = any(steps.get("attention") or steps.get("softmax") for _, _, steps in exports)
        slow = sorted({op[5:] for _, _, steps in exports for op in steps if op.startswith("slow ")})
        lines.append(f"| {' | '.join(key)} | {len(exports)} | {sum(bool(f) for _, f, _ in exports)} | {worst:.1e} | "
                     f"{'' if not attends else 'all' if fused == len(exports) else f'{fused} of {len(exports)}'} | {', '.join(slow)} |")
    text = pathlib.Path(path).read_text()
    start, end = text.index("<!-- table -->"), text.index("<!-- end -->")
    pathlib.Path(path).write_text(text[:start] + "<!-- table -->\n\n" + "\n".join(lines) + "\n\n" + text[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = parser.add_subparsers(dest="command", required=True)
    p = sub.add_parser("make")
    p.add_argument("out")
    p.add_argument("--only", default="")
    p = sub.add_parser("goldens")
    p.add_argument("out")
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
    sys.exit({"make": make, "goldens": goldens, "run": run, "export": export_all}[args.command](args))


if __name__ == "__main__":
    main()
