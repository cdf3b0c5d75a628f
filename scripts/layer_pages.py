#!/usr/bin/env python3
"""Writes docs/layers/<kind>.md of the sections "// # <kind>" in include/lathe/layers/*.h and docs/layers/examples.txt.

layer_pages.py PROGRAM_DIR   compiles and runs the examples first, against the libraries there, for what they print
layer_pages.py --program     prints the one program of all examples: "== kind", then what each prints
layer_pages.py --check       exits 1 where a page is not as its header has it, or a section has no example
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "layers"


def sections():
    """kind -> (header, its lines)"""
    found = {}
    for header in sorted((ROOT / "include/lathe/layers").glob("*.h")):
        kind = None
        for line in header.read_text().splitlines():
            if match := re.match(r"// # (\w+)$", line):
                kind = match[1]
                found[kind] = (header.name, [])
            elif line == "}  // namespace lathe":
                kind = None
            elif kind:
                found[kind][1].append(line)
    return found


def examples():
    parts = re.split(r"^== (\w+)\n", (PAGES / "examples.txt").read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def program():
    text = '#include "run.h"\n\n'
    for kind, lines in examples().items():
        text += f"static void example_{kind}() {{\n{lines}}}\n"
    calls = "".join(f'  std::printf("== {kind}\\n");\n  example_{kind}();\n' for kind in examples())
    return text + f"int main() {{\n{calls}}}\n"


def printed(libraries: pathlib.Path):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "examples.cpp"
        source.write_text(program())
        subprocess.run(["c++", "-std=c++20", source, "-o", source.with_suffix(""), f"-I{ROOT}/include", f"-I{PAGES}",
                        f"-L{libraries}", "-llathe", "-llathe_runtime", f"-Wl,-rpath,{libraries}"], check=True)
        out = subprocess.run([source.with_suffix("")], check=True, capture_output=True, text=True).stdout
    parts = re.split(r"^== (\w+)\n", out, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def page(kind, header, lines, example, output):
    """Comments in front of functions are text, those with a table in them as they are; all else is code."""
    blocks, code, text = [], [], []

    def close_code():
        while code and not code[-1].strip():
            code.pop()
        if code:
            blocks.append("    " + "\n    ".join(code))
        code.clear()

    def close_text():
        table = False
        for line in text:
            indented = line.startswith("   ")
            if indented and not table and blocks and not blocks[-1].endswith("\n"):
                blocks.append("")
            table = indented
        if text:
            joined, paragraph = [], []
            for line in text + [""]:
                if line.startswith("  ") or not line:
                    if paragraph:
                        joined.append(" ".join(paragraph))
                        paragraph = []
                    joined.append("    " + line.strip("\n")[2:] if line else "")
                else:
                    paragraph.append(line)
            blocks.append("\n".join(joined).strip("\n"))
        text.clear()

    hidden = shortened = False
    for line in lines:
        hidden = (hidden or line == " private:") and not line.startswith("}")
        if hidden:
            continue
        if match := re.match(r"/// ?(.*)$", line):
            close_code()
            text.append(match[1])
        elif line.strip():
            close_text()
            # What continues a declaration moves with it.
            if shortened and re.match(r" {12,}\S", line):
                line = line[10:]
            else:
                shortened = line.startswith("LATHE_API ")
            code.append(line.replace("LATHE_API ", ""))
        elif code:
            code.append("")
    close_text()
    close_code()
    body = "\n\n".join(b for b in blocks if b.strip())
    title = kind.replace("_", " ")
    return (f"# {title[0].upper()}{title[1:]}\n\n`#include \"lathe/layers/{header}\"`\n\n{body}\n\n## An example\n\n"
            f"```cpp\n{example}```\n\nprints\n\n```text\n{output}```\n")


def shown_output(path):
    match = re.search(r"```text\n(.*?)```\n\Z", path.read_text(), flags=re.S) if path.exists() else None
    return match[1] if match else None


def main() -> int:
    if sys.argv[1:] == ["--program"]:
        print(program(), end="")
        return 0
    known, lines = sections(), examples()
    lacking = sorted(set(known) ^ set(lines))
    if lacking:
        print("a section or an example is missing: " + ", ".join(lacking))
        return 1
    check = sys.argv[1:] == ["--check"]
    if not check and len(sys.argv) != 2:
        print(__doc__)
        return 2
    output = {} if check else printed(pathlib.Path(sys.argv[1]).resolve())
    wrong = []
    index = "# Layers\n\nA page a kind of layer, written by `scripts/layer_pages.py` of the headers in `include/lathe/layers`.\n" \
            "Snippets stand in a function of a program that includes `docs/layers/run.h`.\n\n"
    pages = {}
    for kind, (header, own) in known.items():
        pages[PAGES / f"{kind}.md"] = (kind, header, own)
        index += f"- [{kind.replace('_', ' ')}]({kind}.md)\n"
    for path, (kind, header, own) in pages.items():
        text = page(kind, header, own, lines[kind], shown_output(path) or "" if check else output[kind])
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            wrong.append(path.name)
    if check and (PAGES / "README.md").read_text() != index:
        wrong.append("README.md")
    if not check:
        (PAGES / "README.md").write_text(index)
    for name in wrong:
        print(f"docs/layers/{name} is not as its header has it: run scripts/layer_pages.py build")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
