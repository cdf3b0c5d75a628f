#!/usr/bin/env python3
"""Turns the JSON of bench/peers.py into Markdown tables and an SVG plot.

usage: table.py RESULT.json... [--markdown docs/performance.md] [--svg docs/performance.svg]

Ratio: the best peer's median divided by Lathe's, same precision. Share: the bound max(flops / peak, bytes / bandwidth),
measured in the same run, divided by Lathe's median. In a Markdown file that has the lines `<!-- tables -->` and
`<!-- /tables -->` only what lies between them is replaced. Without --markdown the tables go to standard output.
"""
import argparse
import json
import pathlib
import sys
from xml.sax.saxutils import escape

MODEL_NAMES = {"base": "BERT-base", "minilm": "MiniLM-L6", "large": "BERT-large",
               "bert": "BERT-base", "distilbert": "DistilBERT", "roberta": "RoBERTa", "mpnet": "MPNet", "deberta": "DeBERTa-v2",
               "modernbert": "ModernBERT", "vit": "ViT-B/16", "resnet50": "ResNet-50", "mobilenet": "MobileNet-v2",
               "tagger": "LSTM tagger"}
RUNTIME_NAMES = {"torch": "PyTorch", "onnxruntime": "ONNX Runtime", "onnxruntime-fused": "ONNX Runtime, fused",
                 "openvino": "OpenVINO", "ctranslate2": "CTranslate2", "lathe": "Lathe", "transformers": "transformers"}
PRECISION_NAMES = {"fp32": "FP32", "bf16": "BF16"}
BEGIN, END = "<!-- tables -->", "<!-- /tables -->"


def name(table, key):
    return table.get(key, key)


def rows(result, precision):
    """A row a case: Lathe's time, the best peer, their ratio, the share of the bound; None where not measured."""
    times = {(r["runtime"], r["case"]): r["median_ms"] for r in result["results"] if r["precision"] == precision}
    bounds = {b["case"]: b["bound_ms"] for b in result["bounds"] if b["precision"] == precision}
    found = []
    for case in result["cases"]:
        peers = {r: t for (r, c), t in times.items() if c == case and r != "lathe"}
        best = min(peers, key=peers.get) if peers else None
        own = times.get(("lathe", case))
        found.append(dict(case=case, lathe=own, peers=peers, best=best,
                          ratio=peers[best] / own if own and best else None,
                          share=bounds[case] / own if own and case in bounds else None))
    return found


def precisions(result):
    measured = {r["precision"] for r in result["results"]}
    return [p for p in PRECISION_NAMES if p in measured]


def heading(result, precision=None):
    threads = result["threads"]
    parts = [name(MODEL_NAMES, result["model"])] + ([PRECISION_NAMES[precision]] if precision else [])
    return ", ".join(parts + [f"{threads} thread" + ("s" if threads > 1 else "")])


def milliseconds(t):
    return "" if t is None else f"{t:.2f}" if t < 10 else f"{t:.1f}" if t < 100 else f"{t:.0f}"


def line(cells):
    return "| " + " | ".join(cells) + " |"


def exported_tables(results):
    """One table a thread count: a row a model and case."""
    out = []
    for threads in sorted({r["threads"] for r in results}):
        out += [f"### Exported models (ONNX), FP32, {threads} thread" + ("s" if threads > 1 else ""), ""]
        own = [r for r in results if r["threads"] == threads]
        found = [(r, row) for r in own for row in rows(r, "fp32")]
        runtimes = [r for r in RUNTIME_NAMES if any(r in row["peers"] for _, row in found)]
        out += [line(["milliseconds", "case", "Lathe"] + [name(RUNTIME_NAMES, r) for r in runtimes] +
                     ["best peer / Lathe", "share of the bound"]), "|---|---|" + "---:|" * (len(runtimes) + 3)]
        for result, row in found:
            out.append(line([name(MODEL_NAMES, result["model"]), row["case"]] + measured(row, runtimes)))
        peaks = [r["peaks"]["fp32"] for r in own]
        spread = [f"{min(p[k] for p in peaks):.0f} to {max(p[k] for p in peaks):.0f}" for k in ("fp32_gflops", "read_gbps")]
        out += ["", f"Measured peaks in these runs: {spread[0]} GFLOP/s, {spread[1]} GB/s; "
                    f"{min(r['rounds'] for r in own)} rounds or more.", ""]
    return out


def measured(row, runtimes):
    """The cells of a row: Lathe's time, the peers', the ratio, the share."""
    peers = [f"**{milliseconds(row['peers'][r])}**" if r == row["best"] else milliseconds(row["peers"].get(r))
             for r in runtimes]
    return ([milliseconds(row["lathe"])] + peers + ["" if row["ratio"] is None else f"**{row['ratio']:.2f}**",
                                                    "" if row["share"] is None else f"{row['share']:.0%}"])


def tables(results):
    out = []
    for result in results:
        if result.get("exported"):
            continue
        for precision in precisions(result):
            table = rows(result, precision)
            runtimes = [r for r in RUNTIME_NAMES if any(r in row["peers"] for row in table)]
            out += [f"### {heading(result, precision)}", ""]
            out += [line(["milliseconds", "Lathe"] + [name(RUNTIME_NAMES, r) for r in runtimes] + ["best peer / Lathe", "share of the bound"])]
            out += ["|---|" + "---:|" * (len(runtimes) + 3)]
            for row in table:
                out.append(line([row["case"]] + measured(row, runtimes)))
            peak = result["peaks"].get(precision)
            if peak:
                rate = peak[precision + "_gflops"] or peak["fp32_gflops"]
                out += ["", f"Measured peak in this run: {rate:.0f} GFLOP/s, {peak['read_gbps']:.1f} GB/s for the weights; "
                            f"{result['rounds']} rounds."]
            out.append("")
    return "\n".join(out + exported_tables([r for r in results if r.get("exported")]))


def machine(result):
    cpu = result["cpu"]
    return f"{cpu['name']} (family {cpu['family']}, model {cpu['model']}; {', '.join(cpu['features'])}), {cpu['cores']} cores"


def of_machines(results):
    """The results of each machine, in the order given."""
    groups = {}
    for result in results:
        groups.setdefault(machine(result), []).append(result)
    return groups


def markdown(results):
    return "\n".join(section(place, group) for place, group in of_machines(results).items())


def section(place, results):
    intro = [f"Processor: {place}."]
    packages = {k: v for r in results for k, v in r["versions"].items()}
    intro.append("Peers: " + ", ".join(f"{name(RUNTIME_NAMES, k)} {v}" for k, v in packages.items()) + ".")
    skipped = dict.fromkeys(f"{name(RUNTIME_NAMES, s['runtime'])} {PRECISION_NAMES[s['precision']]}" for r in results
                            for s in r["skipped"])
    if skipped:
        intro.append("Not measured: " + ", ".join(skipped) + ".")
    return "\n".join(intro) + "\n\n" + tables(results)


def merged(path, text):
    """The file's text with the tables replaced, or the tables alone for a new file."""
    block = f"{BEGIN}\n\n{text}\n{END}"
    old = path.read_text() if path.exists() else ""
    if BEGIN in old and END in old:
        return old[:old.index(BEGIN)] + block + old[old.index(END) + len(END):]
    return "# Performance\n\n" + block + "\n"


# --------------------------------------------------------------------------- the plot

WIDTH, PANEL_HEIGHT, MARGIN, GAP, TOP = 900, 250, 28, 36, 84
COLOURS = {"fp32": "#2f6db5", "bf16": "#e08a1e"}
FONT = "font-family='system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'"


def text(x, y, content, size=12, anchor="middle", fill="#333", weight="normal"):
    return (f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' text-anchor='{anchor}' fill='{fill}' "
            f"font-weight='{weight}'>{escape(content)}</text>")


def nice_top(highest):
    for top in (1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100):
        if highest * 1.08 <= top:
            return top
    return highest * 1.1


def panel(result, title, x, y, width):
    """One result: a group of bars a case, a bar a precision, the line at 1."""
    data = {p: rows(result, p) for p in precisions(result)}
    names = list(result["cases"])
    values = [r["ratio"] for table in data.values() for r in table if r["ratio"]]
    top = nice_top(max(values, default=1))
    left, bottom, height = x + 34, y + PANEL_HEIGHT - 30, PANEL_HEIGHT - 66
    scale = lambda v: bottom - v / top * height
    out = [text(left, y + 14, title, 14, "start", "#111", "600")]
    step = 0.5 if top <= 3 else 1 if top <= 6 else 2 if top <= 10 else 5 if top <= 30 else 25
    for i in range(int(top / step) + 1):
        v = i * step
        out.append(f"<line x1='{left}' x2='{x + width}' y1='{scale(v):.1f}' y2='{scale(v):.1f}' stroke='#e6e6e6'/>")
        out.append(text(left - 6, scale(v) + 4, f"{v:g}", 11, "end", "#777"))
    group = (x + width - left) / len(names)
    bar = min(38.0, group * 0.8 / max(1, len(data)))
    for i, case in enumerate(names):
        centre = left + group * (i + 0.5)
        out.append(text(centre, bottom + 17, case, 12))
        for j, (precision, table) in enumerate(data.items()):
            row = table[i]
            if not row["ratio"]:
                continue
            bx, by = centre + (j - len(data) / 2) * bar, scale(row["ratio"])
            hint = (f"{heading(result, precision)}, {case}: {row['ratio']:.2f} times the speed of "
                    f"{name(RUNTIME_NAMES, row['best'])} ({milliseconds(row['lathe'])} against "
                    f"{milliseconds(row['peers'][row['best']])} ms)")
            out.append(f"<rect x='{bx + 1:.1f}' y='{by:.1f}' width='{bar - 2:.1f}' height='{bottom - by:.1f}' rx='2' "
                       f"fill='{COLOURS[precision]}'><title>{escape(hint)}</title></rect>")
            out.append(text(bx + bar / 2, by - 4, f"{row['ratio']:.2f}", 11, fill="#111", weight="600"))
    out.append(f"<line x1='{left}' x2='{x + width}' y1='{scale(1):.1f}' y2='{scale(1):.1f}' stroke='#c0392b' "
               f"stroke-width='1.5' stroke-dasharray='5 4'/>")
    out.append(f"<line x1='{left}' x2='{x + width}' y1='{bottom}' y2='{bottom}' stroke='#999'/>")
    return out


def plot(results):
    shown = [r for r in results if not r.get("exported") and any(row["ratio"] for p in precisions(r) for row in rows(r, p))]
    if not shown:
        return None
    measured = {r["runtime"] for result in shown for r in result["results"]}
    peers = [n for key, n in RUNTIME_NAMES.items() if key in measured and key not in ("lathe", "onnxruntime-fused")]
    columns = 1 if len(shown) == 1 else 2
    width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) / columns
    lines = (len(shown) + columns - 1) // columns
    height = TOP + lines * (PANEL_HEIGHT + 16) + 10 + 16 * len(of_machines(shown))
    out = [f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' height='{height}' {FONT}>",
           f"<rect width='{WIDTH}' height='{height}' fill='#ffffff' rx='8'/>",
           text(MARGIN, 32, "Speed of Lathe, the best peer being 1 (higher is better)", 18, "start", "#111", "600"),
           text(MARGIN, 54, f"Best of {', '.join(peers)} for each case; same precision, same run", 12, "start", "#555")]
    used = [p for p in PRECISION_NAMES if any(p in precisions(r) for r in shown)]
    for i, precision in enumerate(used):
        x = WIDTH - MARGIN - 70 * (len(used) - i)
        out.append(f"<rect x='{x}' y='21' width='12' height='12' rx='2' fill='{COLOURS[precision]}'/>")
        out.append(text(x + 18, 32, PRECISION_NAMES[precision], 12, "start"))
    several = len(of_machines(shown)) > 1
    for i, result in enumerate(shown):
        title = heading(result) + (", " + result["cpu"]["name"].split("(")[0].split(" Processor")[0] if several else "")
        out += panel(result, title, MARGIN + (i % columns) * (width + GAP), TOP + (i // columns) * (PANEL_HEIGHT + 16), width)
    places = list(of_machines(shown))
    out += [text(MARGIN, height - 14 - 16 * (len(places) - 1 - i), place, 11, "start", "#777")
            for i, place in enumerate(places)]
    out += ["</svg>"]
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="+", type=pathlib.Path, metavar="RESULT.json")
    parser.add_argument("--markdown", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    options = parser.parse_args()
    results = [json.loads(path.read_text()) for path in options.results]
    if options.markdown:
        options.markdown.write_text(merged(options.markdown, markdown(results)))
    else:
        print(markdown(results))
    if options.svg:
        picture = plot(results)
        if not picture:
            sys.exit("table.py: no result has times of both Lathe and a peer, so there is nothing to plot")
        options.svg.write_text(picture)


if __name__ == "__main__":
    main()
