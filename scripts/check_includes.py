#!/usr/bin/env python3
"""Checks that each room includes only the rooms it may (docs/architecture.md draws them).

A room is a folder of src/; include/lathe is open to all rooms. Prints one line an offence and exits 1 when there is one.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAY = {
    "base": [],
    "io": ["base"],
    "ops": ["base"],
    "ir": ["ops", "io", "base"],
    "passes": ["ir", "ops", "io", "base"],
    "kernels/cpu": ["base"],
    "backends": ["kernels/cpu", "ops", "io", "base"],
    "plan": ["ops", "io", "base"],
    "compiler": ["passes", "backends", "plan", "ir", "ops", "io", "base"],
    "runtime": ["plan", "backends", "ops", "io", "base"],
    "frontends/huggingface": ["ir", "ops", "io", "base"],
    "frontends/onnx": ["ir", "ops", "io", "base"],
    "text": ["base"],
    "tasks": ["runtime", "plan", "text", "base"],
    "api": ["ops", "tasks", "text", "compiler", "frontends/huggingface", "frontends/onnx", "plan", "runtime", "ir", "io", "base"],
}
ROOMS = sorted(MAY, key=len, reverse=True)
# The command line is a user of the public API; it also shares base (knobs, processor), tensor files and the measured rates.
CLI_MAY = ("lathe/", "cli/", "base/", "io/", "ir/print.h", "kernels/cpu/peak/")


def room_of(path: str) -> str | None:
    return next((r for r in ROOMS if path == r or path.startswith(r + "/")), None)


def includes(file: pathlib.Path):
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if match := re.match(r'\s*#\s*include\s+"([^"]+)"', line):
            yield number, match[1]


def main() -> int:
    offences, count = [], 0
    for file in sorted([*(ROOT / "src").rglob("*.h"), *(ROOT / "src").rglob("*.cpp"), *(ROOT / "src").rglob("*.inc")]):
        own = room_of(str(file.relative_to(ROOT / "src")))
        count += 1
        if own is None:
            offences.append(f"{file.relative_to(ROOT)}: in no room")
            continue
        for number, target in includes(file):
            if target.startswith("lathe/"):
                continue
            other = room_of(target)
            if other is None:
                offences.append(f"{file.relative_to(ROOT)}:{number}: \"{target}\" is in no room")
            elif other != own and other not in MAY[own]:
                offences.append(f"{file.relative_to(ROOT)}:{number}: {own} may not include {other} (\"{target}\")")
    for file in sorted((ROOT / "include").rglob("*.h")):
        count += 1
        for number, target in includes(file):
            if not target.startswith("lathe/"):
                offences.append(f"{file.relative_to(ROOT)}:{number}: a public header includes \"{target}\"")
    for file in sorted([*(ROOT / "cli").rglob("*.h"), *(ROOT / "cli").rglob("*.cpp")]):
        count += 1
        for number, target in includes(file):
            local = (file.parent / target).exists()
            if not local and not target.startswith(CLI_MAY):
                offences.append(f"{file.relative_to(ROOT)}:{number}: the command line may not include \"{target}\"")
    print("\n".join(offences) if offences else f"includes: {count} files")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
