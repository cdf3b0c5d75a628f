"""Exported models of base size for bench/peers.py: ONNX files with random weights, and what is timed of each."""
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "museum"))

TEXT = {"bert": "bert", "distilbert": "distilbert", "roberta": "roberta", "mpnet": "mpnet", "deberta": "deberta-v2",
        "modernbert": "modernbert"}
VISION = {"vit": ["1x3x224x224", "8x3x224x224"], "resnet50": ["1x3x224x224", "8x3x224x224"], "mobilenet": ["1x3x224x224"]}
FAMILIES = [*TEXT, *VISION, "tagger"]


def case_names(family):
    """"NxT" and "mixed32" are of texts, longer ones sizes of images."""
    if family == "bert":
        return ["1x16", "1x128", "8x128", "mixed32"]
    return ["1x128", "mixed32"] if family in TEXT else VISION.get(family, ["1x64"])


def exported(family, cache):
    """The file of a family, made once: torch's tracer, opset 17, SDPA attention where the family has it."""
    path = cache / f"{family}.onnx"
    if path.exists():
        return path
    import models
    import torch

    outputs = ["y"]
    if family in TEXT:
        attention = "eager" if family in ("mpnet", "deberta") else "sdpa"
        model, types = models.text_model(TEXT[family], attention, models.BASE)
        example = models.text_inputs(2, 24, models.BASE["vocab_size"], 1, types)
        axes, keys = {0: "batch", 1: "sequence"}, True
    elif family == "tagger":
        model, keys, axes = models.tagger(20000, 256, 256), False, {0: "batch", 1: "sequence"}
        example = {"input_ids": models.text_inputs(2, 24, 20000, 1, False)["input_ids"]}
    else:
        model, side = models.vision_model(family.rstrip("50"), "sdpa", full=True)
        example, axes, keys = {"pixel_values": np.zeros((2, 3, side, side), np.float32)}, {0: "batch"}, family == "vit"

    class First(torch.nn.Module):
        """The first output alone: hidden states, class scores, tags."""

        def __init__(self):
            super().__init__()
            self.module = models.Wrapped(model, list(example), keys)

        def forward(self, *arrays):
            return self.module(*arrays)[0]

    part = cache / f"{family}.part.onnx"
    with torch.no_grad():
        models.export(First().eval(), example, outputs, part, "trace", 17, True, lambda name: axes)
    part.rename(path)
    return path


def feed(path, name, lengths):
    """Inputs of a case by the file's own names: ids of texts, their mask, zeros as types, or images."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(2)
    given = {}
    for port in session.get_inputs():
        if "float" in port.type:
            given[port.name] = rng.standard_normal([int(n) for n in name.split("x")]).astype(np.float32)
            continue
        shown = (np.arange(max(lengths))[None, :] < np.array(lengths)[:, None]).astype(np.int64)
        ids = rng.integers(1000, 20000, shown.shape) * shown
        given[port.name] = shown if "mask" in port.name else np.zeros_like(shown) if "type" in port.name else ids
    return given
