#!/usr/bin/env python3
"""Writes the test cases of the `onnx` package as folders: model.onnx, test_data_set_N/{input,output}_I.pb, tolerance.

  make_cases.py OUT

The package's loader makes the node cases in memory; those that carry their data are copied. What is there is kept when
it is of the same version of the package.
"""
import pathlib
import shutil
import sys
import warnings

warnings.simplefilter("ignore")
import onnx
import onnx.backend.test.loader as loader
from onnx import numpy_helper


def serialized(value, kind) -> bytes | None:
    """A tensor as it is compared; nothing for sequences, optionals and maps, which are no inputs of a plan."""
    if isinstance(value, onnx.TensorProto):
        return value.SerializeToString()
    if kind.WhichOneof("value") != "tensor_type" or isinstance(value, (list, dict)) or value is None:
        return None
    return numpy_helper.from_array(value).SerializeToString()


def write_node_case(case, folder: pathlib.Path) -> None:
    folder.mkdir(parents=True)
    graph = case.model.graph
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())
    (folder / "tolerance").write_text(f"{case.rtol} {case.atol}\n")
    for number, (inputs, outputs) in enumerate(case.data_sets):
        data = folder / f"test_data_set_{number}"
        data.mkdir()
        for name, values, kinds in (("input", inputs, graph.input), ("output", outputs, graph.output)):
            for i, value in enumerate(values):
                bytes_ = serialized(value, kinds[i].type)
                suffix = "pb" if bytes_ is not None else "other"
                (data / f"{name}_{i}.{suffix}").write_bytes(bytes_ or b"")


def main() -> None:
    out = pathlib.Path(sys.argv[1])
    stamp = out / "version"
    if stamp.exists() and stamp.read_text() == onnx.__version__:
        return
    shutil.rmtree(out, ignore_errors=True)
    for case in loader.load_model_tests(kind="node"):
        write_node_case(case, out / "node" / case.name)
    for kind in ("simple", "pytorch-converted", "pytorch-operator"):
        for case in loader.load_model_tests(kind=kind):
            folder = out / kind / case.name
            shutil.copytree(case.model_dir, folder)
            (folder / "tolerance").write_text(f"{case.rtol} {case.atol}\n")
    stamp.write_text(onnx.__version__)


if __name__ == "__main__":
    main()
