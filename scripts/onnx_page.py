#!/usr/bin/env python3
"""Writes docs/onnx.md's table of ops anew: what `lathe check --ops` lists, beside the ops of the onnx package.

  scripts/onnx_page.py LATHE RESULTS

RESULTS: what `lathe_onnx_cases --verbose` printed, from which the counts come. Needs the onnx package.
"""
import json
import pathlib
import re
import subprocess
import sys

import onnx
import onnx.defs

ROOT = pathlib.Path(__file__).resolve().parent.parent


def versions():
    found = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if not schema.deprecated:
            found.setdefault((schema.domain, schema.name), set()).add(schema.since_version)
    return found


def main() -> None:
    lathe, results = sys.argv[1:3]
    ops = {(o["domain"], o["op"]): o["limits"] for o in json.loads(subprocess.check_output([lathe, "check", "--ops", "--json"]))}
    known = versions()
    lines = ["| op | opsets | state |", "|---|---|---|"]
    missing = []
    for domain, name in sorted(set(known) | set(ops)):
        shown = f"{domain}.{name}" if domain else name
        opsets = ", ".join(str(v) for v in sorted(known.get((domain, name), [])))
        if (domain, name) in ops:
            lines.append(f"| {shown} | {opsets or 'all'} | read{': ' + ops[domain, name] if ops[domain, name] else ''} |")
        else:
            missing.append(shown)
    total = re.search(r"(\d+) cases: .*", pathlib.Path(results).read_text())[0]
    page = ROOT / "docs/onnx.md"
    text = page.read_text()
    start, end = text.index("<!-- ops -->"), text.index("<!-- end -->")
    body = [f"Cases of the package onnx {onnx.__version__} and of Debian's: {total}.", "", *lines, "",
            "Not read: " + ", ".join(f"`{m}`" for m in missing) + "."]
    page.write_text(text[:start] + "<!-- ops -->\n" + "\n".join(body) + "\n" + text[end:])


if __name__ == "__main__":
    main()
