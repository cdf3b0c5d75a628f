#!/usr/bin/env python3
"""Times Lathe and its CPU peers on BERT encoders: same weights, same lengths, same machine, same run, taking turns.

usage: peers.py MODEL [--threads N] [--precisions fp32,bf16] [--runtimes lathe,torch,...] [--cases 1x16,...]
                [--seconds S] [--out FILE.json]

  MODEL     base (BERT-base, random weights), minilm (6 layers of 384, random weights), large, a model folder, or an
            exported family of bench/exports.py: bert, distilbert, roberta, mpnet, deberta, modernbert, vit, resnet50,
            mobilenet, tagger, which lathe, onnxruntime and openvino run
  runtimes  lathe, torch, onnxruntime, onnxruntime-fused (its transformer optimizer), openvino, ctranslate2
  cases     1x16, 1x128, 1x384, 8x128 (texts x tokens, or sizes of images) and mixed32: 32 texts of 6 to 128 tokens, mean 40.6; peers that
            need a rectangle get them padded to the longest

Each runtime and precision is a process of its own, started once, that answers a line "run CASE" with "CASE ms", one
timed run. Lathe's is `lathe bench MODEL --interactive`. A process is stopped (SIGSTOP) while others have their turn, so
that its waiting threads take no time from them, and makes one untimed run of a case before it is timed. All are bound
to the same cores, as many as threads: on a shared machine one core can be half as fast as the next. Between turns
bench/ceiling.cpp measures the peak rates of these cores, so that drift in the machine's speed hits all alike.

Writes JSON for bench/table.py: medians and minima in milliseconds, operations and bytes of each case, peak rates, and
the bound max(flops / peak, bytes / bandwidth) of each case. bf16 is timed where the processor has it (AVX512_BF16 or
AMX_BF16). Needs, beside torch and transformers, the peers' packages: onnxruntime openvino ctranslate2 onnx onnxscript.
"""
import argparse
import ctypes
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import time

import numpy as np

import exports

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
MODELS = {
    "minilm": dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
    "base": dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072),
    "large": dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096),
}
BF16_FLAGS = {"avx512_bf16", "amx_bf16"}
LONGEST_TURN_S = 0.25      # a case gets as many timed runs a turn as fit, at most MOST_RUNS
MOST_RUNS = 10
WARM_UP_BELOW_S = 0.6      # longer runs warm themselves up


def cases():
    lengths = np.random.default_rng(1).lognormal(np.log(36), 0.6, 32)
    mixed = np.clip(np.round(lengths).astype(int), 6, 128)
    return {"1x16": [16], "1x128": [128], "1x384": [384], "8x128": [128] * 8, "mixed32": mixed.tolist()}


def feed(lengths):
    """Padded int64 inputs; the same ids for every runtime."""
    rng = np.random.default_rng(2)
    mask = (np.arange(max(lengths))[None, :] < np.array(lengths)[:, None]).astype(np.int64)
    return dict(input_ids=rng.integers(1000, 20000, mask.shape) * mask, attention_mask=mask,
                token_type_ids=np.zeros_like(mask))


def needs(source, options):
    """What each case takes. Of an exported model: the products' operations as `lathe bench` counts them, and its weights."""
    if not is_export(source):
        config = json.loads((source / "config.json").read_text())
        return {c: work(config, cases()[c]) for c in options.cases}
    lengths = options.cache / "mixed32"
    lengths.write_text("\n".join(map(str, cases()["mixed32"])) + "\n")
    shapes = ",".join(c for c in options.cases if c != "mixed32")
    command = [str(options.lathe), "bench", str(source), "--json", "--rounds", "1", "--drop-padding"]
    command += ["--shapes", shapes] if shapes else []
    command += ["--lengths", str(lengths)] if "mixed32" in options.cases else []
    counted = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["cases"]
    weights = source.stat().st_size // 4
    return {c["name"]: dict(flops=int(c["gflop"] * 1e9), weight_elements=weights, activation_elements=0) for c in counted}


def work(config, lengths):
    """Operations (a multiply and an add are two) that the tokens themselves need, and weight elements read once."""
    h, i, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    weights = layers * (4 * h * h + 2 * h * i)
    attention = layers * sum(4 * n * n * h for n in lengths)
    return dict(texts=len(lengths), tokens=sum(lengths), padded_tokens=len(lengths) * max(lengths),
                flops=2 * weights * sum(lengths) + attention, weight_elements=weights,
                activation_elements=2 * h * sum(lengths))


# --------------------------------------------------------------------------- model files

def is_export(source):
    return source.suffix == ".onnx"


def cases_of(source):
    """The lengths of the texts of each case; none for what is no text."""
    if not is_export(source):
        return cases()
    known = {**cases(), "1x64": [64]}
    return {name: known.get(name, []) for name in exports.case_names(source.stem)}


def inputs_of(source):
    if not is_export(source):
        return {name: feed(lengths) for name, lengths in cases().items()}
    return {name: exports.feed(source, name, lengths) for name, lengths in cases_of(source).items()}


def model_source(name, cache):
    """A folder with config.json, model.safetensors, vocab.txt, or an exported file; made with random weights for a name."""
    if name in exports.FAMILIES:
        return exports.exported(name, cache)
    if name not in MODELS:
        if not (pathlib.Path(name) / "config.json").exists():
            sys.exit(f"peers.py: '{name}' is neither {', '.join([*MODELS, *exports.FAMILIES])} nor a model folder")
        return pathlib.Path(name)
    folder = cache / name
    if not (folder / "vocab.txt").exists():
        import torch
        from transformers import BertConfig, BertModel, logging
        logging.disable_progress_bar()
        torch.manual_seed(0)
        BertModel(BertConfig(**MODELS[name])).save_pretrained(folder)
        words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [f"t{i}" for i in range(30522 - 5)]
        (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    return folder


def encoder(folder):
    import torch
    from transformers import BertModel, logging
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_grad_enabled(False)
    return BertModel.from_pretrained(folder, attn_implementation="sdpa", dtype=torch.float32).eval()


def onnx_file(folder, cache):
    if is_export(folder):
        return folder
    path = cache / (folder.name + ".onnx")
    if not path.exists():
        import torch
        net = encoder(folder)
        net.set_attn_implementation("eager")

        class Hidden(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.net = net

            def forward(self, input_ids, attention_mask, token_type_ids):
                return self.net(input_ids, attention_mask, token_type_ids).last_hidden_state

        inputs = {k: torch.from_numpy(v) for k, v in feed([24, 32]).items()}
        axes = {k: {0: "batch", 1: "seq"} for k in [*inputs, "y"]}
        part = cache / (folder.name + ".part.onnx")
        torch.onnx.export(Hidden(), tuple(inputs.values()), str(part), input_names=list(inputs), output_names=["y"],
                          dynamic_axes=axes, opset_version=17, dynamo=False)
        part.rename(path)
    return path


# --------------------------------------------------------------------------- runtimes: (folder, cache, threads,
# precision) -> a function of padded inputs that returns when the hidden states are there

def make_torch(folder, cache, threads, precision):
    import torch
    torch.set_num_threads(threads)
    net = encoder(folder)
    if precision == "bf16":
        net = net.bfloat16()

    def run(inputs):
        return net(**{k: torch.from_numpy(v) for k, v in inputs.items()}).last_hidden_state
    return run


def make_onnxruntime(folder, cache, threads, precision, fused=False):
    import onnxruntime
    if precision != "fp32":
        raise NotImplementedError("no bf16 kernels on CPUs")
    path = onnx_file(folder, cache)
    if fused:
        from onnxruntime.transformers import optimizer
        plain, path = path, cache / (folder.name + ".fused.onnx")
        if not path.exists():
            config = json.loads((folder / "config.json").read_text())
            optimizer.optimize_model(str(plain), "bert", num_heads=config["num_attention_heads"],
                                     hidden_size=config["hidden_size"]).save_model_to_file(str(path))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda inputs: session.run(None, inputs)


def make_openvino(folder, cache, threads, precision):
    import openvino
    core = openvino.Core()
    hint = {"fp32": "f32", "bf16": "bf16"}[precision]
    model = core.compile_model(core.read_model(str(onnx_file(folder, cache))), "CPU",
                               {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY",
                                "INFERENCE_PRECISION_HINT": hint})
    request = model.create_infer_request()
    return lambda inputs: request.infer(inputs, share_inputs=True, share_outputs=True)


def make_ctranslate2(folder, cache, threads, precision):
    import ctranslate2
    path = cache / (folder.name + ".ct2")
    if not path.exists():
        import transformers
        # The converter reads a field that newer configurations no longer have.
        transformers.BertConfig.position_embedding_type = "absolute"
        source = cache / (folder.name + ".ct2-source")
        shutil.copytree(folder, source, dirs_exist_ok=True)
        config = {**json.loads((folder / "config.json").read_text()), "position_embedding_type": "absolute",
                  "architectures": ["BertModel"]}
        (source / "config.json").write_text(json.dumps(config))
        ctranslate2.converters.TransformersConverter(str(source)).convert(str(path), force=True)
    kind = {"fp32": "float32", "bf16": "bfloat16"}[precision]
    net = ctranslate2.Encoder(str(path), device="cpu", compute_type=kind, intra_threads=threads)

    def run(inputs):
        rows = zip(inputs["input_ids"], inputs["attention_mask"].sum(1))
        return np.array(net.forward_batch([r[:n].tolist() for r, n in rows]).last_hidden_state)
    return run


RUNTIMES = {
    "torch": make_torch,
    "onnxruntime": make_onnxruntime,
    "onnxruntime-fused": lambda *a: make_onnxruntime(*a, fused=True),
    "openvino": make_openvino,
    "ctranslate2": make_ctranslate2,
}
PACKAGES = ["torch", "transformers", "onnxruntime", "openvino", "ctranslate2"]


def worker(runtime, folder, cache, threads, precision):
    """The child's side of the protocol."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not reach the protocol
    run = RUNTIMES[runtime](pathlib.Path(folder), pathlib.Path(cache), int(threads), precision)
    inputs = inputs_of(pathlib.Path(folder))
    for line in sys.stdin:
        _, name = line.split()
        start = time.perf_counter()
        run(inputs[name])
        print(name, (time.perf_counter() - start) * 1e3, file=answers)


# --------------------------------------------------------------------------- the run

class Child:
    """A process that answers a line with a line; it sleeps between its turns."""

    def __init__(self, command, log, threads, environment=None):
        self.log = open(log, "w")

        def prepare():
            # A stopped process would outlive a killed parent: PR_SET_PDEATHSIG, SIGKILL.
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True, env=environment, preexec_fn=prepare)

    def ask(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self.close()
            tail = pathlib.Path(self.log.name).read_text(errors="replace").strip().splitlines()
            raise RuntimeError(tail[-1][:200] if tail else f"ended with status {self.process.returncode}")
        return answer

    def time(self, case):
        name, milliseconds = self.ask("run " + case).split()
        if name != case:
            raise RuntimeError(f"asked for {case}, answered {name}")
        return float(milliseconds)

    def __enter__(self):
        self.process.send_signal(signal.SIGCONT)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


def start(runtime, precision, options, folder, cache):
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads), "MKL_NUM_THREADS": str(options.threads),
                   "HF_HUB_OFFLINE": "1"}
    log = cache / f"{runtime}.{precision}.log"
    if runtime != "lathe":
        command = [sys.executable, __file__, "--worker", runtime, str(folder), str(cache), str(options.threads), precision]
        return Child(command, log, options.threads, environment)
    lengths = cache / "mixed32"  # the case has the file's name
    lengths.write_text("\n".join(map(str, cases()["mixed32"])) + "\n")
    shapes = ",".join(c for c in options.cases if c != "mixed32")
    command = [str(options.lathe), "bench", str(folder), "--interactive", "--threads", str(options.threads),
               "--precision", precision]
    command += ["--shapes", shapes] if shapes else []
    command += ["--lengths", str(lengths)] if "mixed32" in options.cases else []
    command += ["--drop-padding"] if is_export(folder) else []
    return Child(command, log, options.threads, environment)


def start_ceiling(options, cache):
    program = options.ceiling
    if not program.exists():
        sys.exit(f"{program} is missing: run scripts/bench.sh, or build with -DLATHE_BUILD_BENCH=ON")
    return Child([str(program), "--interactive"], cache / "ceiling.log", options.threads)


def turn(child, case_names, samples):
    for case in case_names:
        known = samples.setdefault(case, [])
        guess = statistics.median(known) / 1e3 if known else 0
        if guess < WARM_UP_BELOW_S:
            guess = child.time(case) / 1e3
        for _ in range(max(1, min(MOST_RUNS, int(LONGEST_TURN_S / max(guess, 1e-4))))):
            known.append(child.time(case))


def processor():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    fields = {line.split(":", 1)[0].strip(): line.split(":", 1)[1].strip() for line in text.split("\n\n")[0].splitlines()}
    flags = set(fields.get("flags", "").split())
    shown = [f for f in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8") if f in flags]
    return dict(name=fields.get("model name", platform.processor()), family=fields.get("cpu family"),
                model=fields.get("model"), features=shown, cores=len(os.sched_getaffinity(0)))


def versions():
    from importlib import metadata
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            pass
    return found


def measure(options, folder, cache, needed):
    """Rounds of turns until the time is up, at least three; yields (samples by runtime, ceilings by bytes read)."""
    say = lambda text: print(text, file=sys.stderr, flush=True)
    children, samples, skipped = {}, {}, []
    for precision in options.precisions:
        for runtime in options.runtimes:
            key = runtime, precision
            say(f"start {runtime} {precision}")
            child = None
            try:
                child = start(runtime, precision, options, folder, cache)
                with child:
                    for case in options.cases:
                        child.time(case)
                children[key] = child
            except (RuntimeError, OSError, ValueError) as problem:
                skipped.append(dict(runtime=runtime, precision=precision, why=str(problem)))
                say(f"skip {runtime} {precision}: {problem}")
                if child:
                    child.close()
    ceiling, peaks = start_ceiling(options, cache), {}
    weights = max(n["weight_elements"] for n in needed.values())
    begun, rounds = time.monotonic(), 0
    try:
        while rounds < 3 or time.monotonic() - begun < options.seconds:
            order = list(children)
            shift = rounds % max(1, len(order))  # nobody always runs after the same neighbour
            for key in order[shift:] + order[:shift]:
                with children[key] as child:
                    turn(child, options.cases, samples.setdefault(key, {}))
                with ceiling:
                    size = weights * {"fp32": 4, "bf16": 2}[key[1]]
                    peaks.setdefault(key[1], []).append(json.loads(ceiling.ask(f"{options.threads} {size}")))
            rounds += 1
            say(f"round {rounds}, {time.monotonic() - begun:.0f} s")
            if not children:
                break
    finally:
        for child in [*children.values(), ceiling]:
            child.close()
    return samples, peaks, rounds, skipped


def report(options, folder, needed, samples, peaks, rounds, skipped):
    table = cases_of(folder)
    rates = {p: {k: round(statistics.median(m[k] for m in all_), 2) for k in ("fp32_gflops", "bf16_gflops", "read_gbps")}
             | {"read_bytes": all_[0]["read_bytes"], "highest_gflops": max(m[p + "_gflops"] for m in all_)}
             for p, all_ in peaks.items()}
    bounds = []
    for case in options.cases:
        takes = needed[case]
        for precision, rate in rates.items():
            # bf16 weights on a machine without bf16 arithmetic would be widened: fp32's peak is the bound then.
            peak = rate[precision + "_gflops"] or rate["fp32_gflops"]
            size = {"fp32": 4, "bf16": 2}[precision]
            moved = size * (takes["weight_elements"] + takes["activation_elements"])
            compute, memory = takes["flops"] / peak / 1e6, moved / rate["read_gbps"] / 1e6
            bounds.append(dict(case=case, precision=precision, flops=takes["flops"], bytes=moved, compute_ms=round(compute, 4),
                               memory_ms=round(memory, 4), bound_ms=round(max(compute, memory), 4)))
    results = [dict(runtime=r, precision=p, case=c, median_ms=round(statistics.median(v), 4), min_ms=round(min(v), 4),
                    p90_ms=round(float(np.percentile(v, 90)), 4), runs=len(v))
               for (r, p), by_case in samples.items() for c, v in by_case.items()]
    return dict(model=folder.stem if is_export(folder) else options.model if options.model in MODELS else folder.name,
                exported=is_export(folder), threads=options.threads,
                cpu=processor(), versions=versions(), rounds=rounds, skipped=skipped,
                cases={c: dict(lengths=table[c], **needed[c]) for c in options.cases},
                peaks=rates, bounds=bounds, results=results)


def main():
    if sys.argv[1:2] == ["--worker"]:
        return worker(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="The file's head says more.")
    split = lambda text: text.split(",")
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precisions", type=split, help="default: fp32, and bf16 where the processor has it")
    parser.add_argument("--runtimes", type=split, help="default: all that run the model")
    parser.add_argument("--cases", type=split, help="default: all of the model's")
    parser.add_argument("--seconds", type=float, default=120, help="time for the rounds; at least three are made")
    parser.add_argument("--lathe", type=pathlib.Path, default=ROOT / "build" / "lathe")
    parser.add_argument("--ceiling", type=pathlib.Path, default=ROOT / "build" / "lathe_ceiling")
    parser.add_argument("--cache", type=pathlib.Path, default=ROOT / ".cache" / "peers", help="made models stay here")
    parser.add_argument("--out", type=pathlib.Path, help="default: standard output")
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    source = model_source(options.model, options.cache)
    names = list(cases_of(source))
    has_bf16 = bool(BF16_FLAGS & set(processor()["features"])) and not is_export(source)
    options.precisions = options.precisions or ["fp32"] + ["bf16"] * has_bf16
    options.runtimes = options.runtimes or (["lathe", "onnxruntime", "openvino"] if is_export(source) else ["lathe", *RUNTIMES])
    options.cases = options.cases or names
    for given, known in ((options.cases, names), (options.runtimes, ["lathe", *RUNTIMES]), (options.precisions, ["fp32", "bf16"])):
        for word in given:
            if word not in known:
                parser.error(f"'{word}' is none of {', '.join(known)}")
    needed = needs(source, options)
    result = report(options, source, needed, *measure(options, source, options.cache, needed))
    text = json.dumps(result, indent=1) + "\n"
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
