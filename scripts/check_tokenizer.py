#!/usr/bin/env python3
"""Compares Lathe's tokenizer with Hugging Face `tokenizers`: ids, tokens, offsets, type ids, masks, truncation, windows.

    scripts/check_tokenizer.py --program build/lathe [--texts 150000] [--seed 1]
    scripts/check_tokenizer.py --write-sample tests/text/hard_cases.json     # expected results for tests/text
    scripts/check_tokenizer.py --write-unicode src/text/unicode_ranges.inc   # see src/text/unicode.h

The program is run as `PROGRAM tokenize --model DIR --json --json-input [options] < lines`. Each input line is a JSON text
or a [text, pair] array; each output line an object with ids, tokens and offsets, or an array of them with --windows. The
options are --max-length N, --truncation longest_first|only_first|only_second, --stride N, --windows, --no-special-tokens.
Needs the Python packages `tokenizers` and `transformers`. Ends with 1 when anything differs.
"""
import argparse
import ctypes
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODEL = os.path.join(ROOT, "models", "minilm-fill-mask")
LINES = [os.path.join(MODEL, "README.md"), os.path.join(ROOT, "README.md"), *sorted(glob.glob(os.path.join(ROOT, "docs", "*.md")))]

# ---------------------------------------------------------------- texts

BLOCKS = [
    (0x21, 0x7E), (0xA1, 0x17F), (0x180, 0x24F), (0x250, 0x2AF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58A),
    (0x591, 0x5F4), (0x600, 0x6FF), (0x700, 0x74F), (0x780, 0x7B1), (0x7C0, 0x7FF), (0x8A0, 0x8FF), (0x900, 0x97F), (0x980, 0x9FE),
    (0xA01, 0xA76), (0xA81, 0xAFF), (0xB01, 0xB77), (0xB82, 0xBFA), (0xC00, 0xC7F), (0xC80, 0xCF2), (0xD00, 0xD7F), (0xD81, 0xDF4),
    (0xE01, 0xE5B), (0xE81, 0xEDF), (0xF00, 0xFDA), (0x1000, 0x109F), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x139F),
    (0x13A0, 0x13FF), (0x1400, 0x167F), (0x1780, 0x17F9), (0x1800, 0x18AA), (0x1AB0, 0x1ACE), (0x1C80, 0x1CBF), (0x1D00, 0x1DFF),
    (0x1E00, 0x1EFF), (0x1F00, 0x1FFE), (0x2000, 0x206F), (0x2070, 0x20F0), (0x2100, 0x218B), (0x2190, 0x23FF), (0x2460, 0x24FF),
    (0x2C00, 0x2CFF), (0x2DE0, 0x2E5D), (0x3000, 0x30FF), (0x3131, 0x318E), (0x3400, 0x34FF), (0x4E00, 0x9FFF), (0xA640, 0xA69F),
    (0xA720, 0xA7FF), (0xAB70, 0xABBF), (0xAC00, 0xD7A3), (0xE000, 0xE0FF), (0xF900, 0xFAD9), (0xFB00, 0xFDFF), (0xFE00, 0xFE6F),
    (0xFF01, 0xFFFD), (0x10400, 0x1044F), (0x105C0, 0x105F3), (0x10D40, 0x10D8F), (0x11080, 0x110CD), (0x11380, 0x113E2), (0x11930, 0x11946),
    (0x16D40, 0x16D79), (0x1D150, 0x1D1E8), (0x1D400, 0x1D7FF), (0x1E900, 0x1E95F), (0x1F1E6, 0x1F1FF), (0x1F300, 0x1FAFF),
    (0x20000, 0x20400), (0x2B700, 0x2B940), (0x2F800, 0x2FA1F), (0xE0000, 0xE01EF),
]
SPACES = list("\t\n\v\f\r \x1c\x1d\x1e\x1f\x85\xa0\u1680\u180e\u2000\u2003\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff")
MARKS = list("\u0300\u0301\u0308\u0323\u0327\u0334\u0345\u0344\u0343\u0f71\u0f73\u0f75\u0f81\u302a\u302e\u302f\u0591\u05bf\u064b\u0651"
             "\u094d\u093c\u0e38\u1abf\u1ac5\u20d2\u20e3\u3099\U0001d165\U0001d166\U0001d16d\U0001d167\u1dfa\ua67c\U000e0100\ufe0f\u0fc6")
BASES = list("aeionzAEIOÅÉéñüßİıſKΩΐΰΣςσᾂǖǟṩṧ각갛가ヴがй") + ["q", "D", "\u1e9b", "\u0958", "\u0f43", "\U0001d15e", "\u2adc", "\ufb2c", "豈"]
EMOJI = ["😀", "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇫🇷", "❤️", "1️⃣", "🧑🏿‍🚀", "©️", "☃"]
SPECIAL = ["[MASK]", "[SEP]", "[CLS]", "[PAD]", "[UNK]", "[mask]", "[MASK", "MASK]", "[[MASK]]", "[ MASK ]", "[unused1]", "[Sep]"]
GLUE = ["", " ", "  ", "-", "a", "\u0301", "\u200d", "\u3000", ".", "中", "\x00", "##"]


def any_code_point(rng):
    while True:
        plane = rng.choice([0, 0, 0, 1, 1, 2, 3, rng.randrange(4, 14), 14, 15, 16])
        c = plane << 16 | rng.randrange(0x10000)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


class Texts:
    def __init__(self, seed, lines, vocabulary):
        self.rng = random.Random(seed)
        self.lines = lines
        self.vocabulary = vocabulary
        self.kinds = [self.line, self.splice, self.script, self.scripts, self.planes, self.marks, self.spaces, self.emoji,
                      self.special, self.long_word, self.pieces, self.edited]

    def line(self):
        return self.rng.choice(self.lines)

    def splice(self):
        parts = []
        for _ in range(self.rng.randint(1, 5)):
            s = self.line()
            a, b = sorted(self.rng.randrange(len(s) + 1) for _ in range(2))
            parts.append(s[a:b][:400])
        return self.rng.choice(GLUE).join(parts)

    def word(self, block, most=9):
        return "".join(chr(self.rng.randint(*block)) for _ in range(self.rng.randint(1, most)))

    def script(self):
        block = self.rng.choice(BLOCKS)
        return self.rng.choice([" ", " ", "", ", "]).join(self.word(block) for _ in range(self.rng.randint(1, 12)))

    def scripts(self):
        return self.rng.choice(GLUE).join(self.word(self.rng.choice(BLOCKS), 4) for _ in range(self.rng.randint(1, 12)))

    def planes(self):
        return "".join(any_code_point(self.rng) if self.rng.random() < 0.8 else self.rng.choice(" ab.É") for _ in range(self.rng.randint(1, 30)))

    def marks(self):
        r = self.rng
        return "".join(r.choice(BASES + [" "]) + "".join(r.choice(MARKS) for _ in range(r.choice([0, 1, 1, 2, 3, 6])))
                       for _ in range(r.randint(1, 10)))

    def spaces(self):
        r = self.rng
        return "".join(r.choice(SPACES) if r.random() < 0.5 else r.choice([chr(r.randrange(0xA0)), "word", "É", "\u00ad", "\ufffd"])
                       for _ in range(r.randint(0, 25)))

    def emoji(self):
        r = self.rng
        return "".join(r.choice([r.choice(EMOJI), r.choice(EMOJI), "\u200d", "\ufe0f", " ", "ok"]) for _ in range(r.randint(1, 12)))

    def special(self):
        r = self.rng
        return "".join(r.choice([r.choice(SPECIAL), r.choice(SPECIAL), r.choice(GLUE), r.choice(SPACES), self.word(r.choice(BLOCKS), 3), "the"])
                       for _ in range(r.randint(1, 10)))

    def long_word(self):
        r = self.rng
        unit = r.choice(["a", "é", "the", "\u0301a", "中", "ß", "𝒳", self.word(r.choice(BLOCKS), 3)])
        return (unit * r.choice([33, 49, 50, 51, 98, 99, 100, 101, 102, 200, 500]))[: r.choice([99, 100, 101, 102, 2000])] + r.choice(["", " end", "."])

    def pieces(self):
        r = self.rng
        return r.choice(["", "", " "]).join(r.choice(self.vocabulary).removeprefix("##") for _ in range(r.randint(1, 8)))

    def edited(self):
        s = list(self.line()[: self.rng.randint(1, 300)])
        for _ in range(self.rng.randint(1, 6)):
            s.insert(self.rng.randrange(len(s) + 1), self.rng.choice([any_code_point(self.rng), self.rng.choice(MARKS), self.rng.choice(SPECIAL), self.rng.choice(SPACES)]))
        return "".join(s)

    def take(self, n):
        return [self.kinds[i % len(self.kinds)]() for i in range(n)]


def every_code_point():
    """Each code point between letters, between blanks and at the start of a word, twelve a text."""
    codes = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    return ["".join(f"a{c}b {c} " for c in codes[i : i + 12]) for i in range(0, len(codes), 12)]


# ---------------------------------------------------------------- reference and program

def expected(tokenizer, encoding):
    return {"ids": encoding.ids, "tokens": [tokenizer.id_to_token(i) for i in encoding.ids], "offsets": [list(o) for o in encoding.offsets],
            "type_ids": encoding.type_ids, "special_tokens_mask": encoding.special_tokens_mask,
            "sequence_ids": [-1 if s is None else s for s in encoding.sequence_ids]}


def run_program(program, folder, inputs, options):
    lines = "".join(json.dumps(x) + "\n" for x in inputs)
    command = [program, "tokenize", "--model", folder, "--json", "--json-input", *options]
    done = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: ended with {done.returncode}")
    out = done.stdout.decode().splitlines()
    if len(out) != len(inputs):
        sys.exit(f"{' '.join(command)}: {len(out)} lines for {len(inputs)} texts")
    return [json.loads(line) for line in out]


class Comparison:
    def __init__(self, program):
        self.program, self.texts, self.differences = program, 0, 0

    def run(self, name, tokenizer, folder, inputs, options=(), windows=False, special=True):
        before = self.differences
        for at in range(0, len(inputs), 20000):
            part = inputs[at : at + 20000]
            want = [expected(tokenizer, e) if not windows else [expected(tokenizer, w) for w in [e, *e.overflowing]]
                    for e in tokenizer.encode_batch([tuple(x) if isinstance(x, list) else x for x in part], add_special_tokens=special)]
            for text, w, g in zip(part, want, run_program(self.program, folder, part, options)):
                self.texts += 1
                same = len(w) == len(g) and all(self.same(a, b) for a, b in zip(w, g)) if windows else self.same(w, g)
                if not same:
                    self.differences += 1
                    if self.differences <= 10:
                        print(f"DIFFERS {name}\n  text     {json.dumps(text)[:600]}\n  expected {json.dumps(w)[:900]}\n  got      {json.dumps(g)[:900]}")
        print(f"{name}: {len(inputs)} texts, {self.differences - before} differences", flush=True)

    @staticmethod
    def same(want, got):
        return all(k in got for k in ("ids", "tokens", "offsets")) and all(got[k] == want[k] for k in want if k in got)


# ---------------------------------------------------------------- tokenizers

def changed(folder, name, scratch, edit=None, config=None, vocab_only=False, words=None):
    """A copy of the tokenizer in `folder` with its tokenizer.json edited, or with vocab.txt alone."""
    out = os.path.join(scratch, name)
    os.makedirs(out)
    if vocab_only:
        shutil.copy(os.path.join(folder, "vocab.txt"), out)
    else:
        with open(os.path.join(folder, "tokenizer.json"), encoding="utf-8") as f:
            data = json.load(f)
        data["truncation"] = data["padding"] = None
        if words:
            vocab = data["model"]["vocab"]
            for word in words:
                vocab.setdefault(word, len(vocab))
        edit(data)
        with open(os.path.join(out, "tokenizer.json"), "w", encoding="utf-8") as f:
            json.dump(data, f)
    if config is not None:
        with open(os.path.join(out, "tokenizer_config.json"), "w", encoding="utf-8") as f:
            json.dump(config, f)
    return out


def transformers_tokenizer(folder):
    from transformers import BertTokenizerFast

    return BertTokenizerFast.from_pretrained(folder).backend_tokenizer


def file_tokenizer(folder):
    return Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))


def bare(tokenizer):
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def normalizer(**flags):
    return lambda data: data["normalizer"].update(flags)


CASED_WORDS = ["The", "And", "Paris", "France", "##É", "É", "Ü", "##Ü", "İ", "##İ", "Σ", "##Σ", "A", "B", "C", "E", "##A", "##B", "##E", "e\u0301", "i\u0307"]


def cased(data):
    data["normalizer"].update(lowercase=False, strip_accents=None)


def with_added_tokens(data):
    def token(content, **flags):
        base = dict(id=0, content=content, single_word=False, lstrip=False, rstrip=False, normalized=True, special=False)
        base.update(flags)
        base["id"] = 30522 + sum(t["id"] >= 30522 for t in data["added_tokens"])
        data["added_tokens"].append(base)

    token("<left>", lstrip=True, normalized=False)
    token("<right>", rstrip=True, normalized=False, special=True)
    token("<both>", lstrip=True, rstrip=True)
    token("Alone", single_word=True)
    token("[X]", single_word=True, normalized=False, special=True)
    token("New York City")
    token("New York")
    token("Übung", lstrip=True)


def added_texts(texts, n):
    rng, out = texts.rng, []
    words = ["<left>", "<right>", "<both>", "<LEFT>", "<Both>", "alone", "Alone", "ALONE", "[X]", "[X", "new york city", "New York", "new\u00a0york", "Übung", "U\u0308bung",
             "ubung", "[MASK]", "a", "_", "9", "\u0301", "ß", "-", ".", "\u200d", "\U00010d50", "the"]
    for _ in range(n):
        out.append("".join(rng.choice(words) + rng.choice(["", "", " ", "  ", rng.choice(SPACES), texts.word(rng.choice(BLOCKS), 1)]) for _ in range(rng.randint(1, 9))))
    return out


# ---------------------------------------------------------------- the check

def read_lines(path):
    lines = []
    for p in [path] if path else LINES:
        if os.path.exists(p):
            with open(p, encoding="utf-8") as f:
                lines += [line.rstrip("\n") for line in f if line.strip()]
    return lines


def limits(tokenizer, pairs, special, strategy, most, stride):
    """The pairs that the reference can truncate this way (for others it stops the process)."""
    room = most - (3 if special else 0)
    sizes = [(len(a.ids), len(b.ids)) for a, b in zip(tokenizer.encode_batch([p[0] for p in pairs], add_special_tokens=False),
                                                     tokenizer.encode_batch([p[1] for p in pairs], add_special_tokens=False))]

    def fits(a, b):
        if a + b <= room:
            return True
        if strategy == "longest_first":
            low, high = min(a, b), max(a, b)
            high = low if low > room else max(low, room - low)
            if low + high > room:
                low = room // 2
                high = low + room % 2
            return all(n == 0 or n > stride for n in (low, high)) or stride == 0
        other = b if strategy == "only_first" else a
        return other < room and stride < room - other

    return [p for p, (a, b) in zip(pairs, sizes) if fits(a, b)]


def check(args, scratch):
    lines = read_lines(args.lines)
    with open(os.path.join(MODEL, "vocab.txt"), encoding="utf-8") as f:
        vocabulary = f.read().split("\n")[:-1]
    texts = Texts(args.seed, lines, vocabulary)
    compare = Comparison(args.program)
    n = args.texts

    folder = MODEL
    uncased = bare(file_tokenizer(folder))
    compare.run("uncased, every code point", uncased, folder, every_code_point())
    compare.run("uncased, all lines", uncased, folder, lines + ["", " ", "\n", "\u0301", "[MASK]", "\x00"])
    compare.run("uncased, mixed", uncased, folder, texts.take(n // 2))
    compare.run("uncased, no special tokens", uncased, folder, texts.take(n // 30), ["--no-special-tokens"], special=False)

    cased_folder = changed(MODEL, "cased", scratch, cased, dict(do_lower_case=False, tokenizer_class="BertTokenizer", model_max_length=512), words=CASED_WORDS)
    compare.run("cased, every code point", bare(file_tokenizer(cased_folder)), cased_folder, every_code_point())
    compare.run("cased (as transformers reads it), mixed", bare(transformers_tokenizer(cased_folder)), cased_folder, texts.take(n // 6))

    vocab_folder = changed(MODEL, "vocab", scratch, vocab_only=True)
    compare.run("vocab.txt alone, mixed", bare(transformers_tokenizer(vocab_folder)), vocab_folder, texts.take(n // 6))
    vocab_cased = changed(MODEL, "vocab-cased", scratch, vocab_only=True, config=dict(do_lower_case=False, strip_accents=True, tokenize_chinese_chars=False))
    compare.run("vocab.txt with config, mixed", bare(transformers_tokenizer(vocab_cased)), vocab_cased, texts.take(n // 15))

    for name, flags in [("lower case with accents", dict(strip_accents=False)), ("accents stripped, cased", dict(lowercase=False, strip_accents=True)),
                        ("text not cleaned", dict(clean_text=False)), ("Chinese not split", dict(handle_chinese_chars=False))]:
        f = changed(MODEL, name.replace(" ", "-"), scratch, normalizer(**flags), words=CASED_WORDS)
        compare.run(name, bare(file_tokenizer(f)), f, texts.take(n // 30))
    f = changed(MODEL, "no-normalizer", scratch, lambda d: d.update(normalizer=None), words=CASED_WORDS)
    compare.run("no normalizer", bare(file_tokenizer(f)), f, texts.take(n // 60))
    f = changed(MODEL, "short-words", scratch, lambda d: d["model"].update(max_input_chars_per_word=4))
    compare.run("words of at most 4 characters", bare(file_tokenizer(f)), f, texts.take(n // 60))
    f = changed(MODEL, "bert-processing", scratch, lambda d: d.update(post_processor=dict(type="BertProcessing", sep=["[SEP]", 102], cls=["[CLS]", 101])))
    compare.run("BertProcessing, pairs", bare(file_tokenizer(f)), f, [list(p) for p in zip(texts.take(n // 60), texts.take(n // 60))])
    f = changed(MODEL, "added", scratch, with_added_tokens)
    compare.run("added tokens", bare(file_tokenizer(f)), f, added_texts(texts, n // 10) + texts.take(n // 60))

    pairs = [list(p) for p in zip(texts.take(n // 60), texts.rng.sample(texts.take(n // 60), n // 60))] + [["", ""], ["a", ""], ["", "b"]]
    compare.run("pairs", uncased, folder, pairs)
    for strategy in ("longest_first", "only_first", "only_second"):
        for most in (4, 7, 16, 33, 64):
            for special in (True, False):
                tokenizer = bare(file_tokenizer(folder))
                tokenizer.enable_truncation(most, strategy=strategy)
                options = ["--max-length", str(most), "--truncation", strategy] + ([] if special else ["--no-special-tokens"])
                part = limits(uncased, texts.rng.sample(pairs, len(pairs) // 3), special, strategy, most, 0)
                compare.run(f"pairs cut to {most}, {strategy}{'' if special else ', no special tokens'}", tokenizer, folder, part, options, special=special)
                if strategy == "longest_first":
                    compare.run(f"texts cut to {most}{'' if special else ', no special tokens'}", tokenizer, folder, texts.take(n // 150), options, special=special)
    for most, stride in ((3, 0), (16, 0), (16, 5), (33, 30), (64, 16)):
        tokenizer = bare(file_tokenizer(folder))
        tokenizer.enable_truncation(most, stride=stride)
        options = ["--max-length", str(most), "--stride", str(stride), "--windows"]
        compare.run(f"windows of {most} that share {stride}", tokenizer, folder, texts.take(n // 100), options, windows=True)
    for strategy in ("longest_first", "only_first", "only_second"):
        for most, stride in ((17, 0), (32, 4), (64, 20)):
            tokenizer = bare(file_tokenizer(folder))
            tokenizer.enable_truncation(most, stride=stride, strategy=strategy)
            options = ["--max-length", str(most), "--stride", str(stride), "--windows", "--truncation", strategy]
            part = limits(uncased, texts.rng.sample(pairs, len(pairs) // 3), True, strategy, most, stride)
            compare.run(f"windows of pairs, {most} that share {stride}, {strategy}", tokenizer, folder, part, options, windows=True)
    print(f"{compare.texts} texts, {compare.differences} differences")
    return 1 if compare.differences else 0


# ---------------------------------------------------------------- what is checked in

def write_sample(args, scratch):
    """Hard cases with the reference's answers, for a test that needs no Python: a tokenizer.json edit, options, texts."""
    texts = Texts(args.seed, read_lines(args.lines), ["un", "##aff", "able", "ing", "the"])
    rng = texts.rng
    groups = []

    def group(name, edit, cases, windows=None, config=None):
        folder = changed(MODEL, f"sample-{len(groups)}", scratch, edit)
        tokenizer = bare(file_tokenizer(folder))
        options = windows or {}
        if windows:
            tokenizer.enable_truncation(options["max_length"], stride=options["stride"], strategy=options["strategy"])
        rows = []
        for case in cases:
            e = tokenizer.encode(*case) if isinstance(case, list) else tokenizer.encode(case)
            all_of = [e, *e.overflowing] if windows else [e]
            rows.append({"text": case, "ids": [w.ids for w in all_of], "offsets": [[x for o in w.offsets for x in o] for w in all_of],
                         "type_ids": "".join(str(t) for t in e.type_ids), "decoded": tokenizer.decode(e.ids, skip_special_tokens=True)})
        groups.append({"name": name, "options": options, "cases": rows})
        return groups[-1]

    short = lambda make, n: [t for t in (make() for _ in range(20 * n)) if len(t) <= 60][:n]
    hard = ["", " ", "[MASK]", "\u0301", "a\u0301\u0323", "\u1e69", "\u0344", "İstanbul", "ΌΔΟΣ ΣΑΣ", "中文字", "豈\u2f00", "각하 가", "\ufeffbom", "x\u200dy",
            "can't do not.", "na\u00efve caf\u00e9", "a" * 100, "a" * 101, "[CLS]hi[SEP]", "don't [MASK]!", "\U0001d165\u0323a", "\u302e\u0323b", "1,000.50$", "\u2028a\u2029b\x85c"]
    mixed = hard + [t for kind in (texts.script, texts.scripts, texts.planes, texts.marks, texts.spaces, texts.emoji, texts.special, texts.edited) for t in short(kind, 14)]
    group("uncased", lambda d: None, mixed)
    group("cased", cased, rng.sample(mixed, 60))["normalizer"] = dict(lowercase=False)
    group("lower case with accents", normalizer(strip_accents=False), rng.sample(mixed, 40))["normalizer"] = dict(strip_accents=False)
    group("text not cleaned", normalizer(clean_text=False), rng.sample(mixed, 40))["normalizer"] = dict(clean_text=False)
    group("Chinese not split", normalizer(handle_chinese_chars=False), rng.sample(mixed, 20))["normalizer"] = dict(handle_chinese_chars=False)
    probe = {"added_tokens": []}
    with_added_tokens(probe)
    added = group("added tokens", with_added_tokens, [t for t in added_texts(texts, 200) if len(t) < 60][:50])
    added["added_tokens"] = probe["added_tokens"]
    group("windows", lambda d: None, texts.take(36), windows=dict(max_length=12, stride=3, strategy="longest_first"))
    question = [["who is it?", t] for t in short(texts.splice, 12) + short(texts.script, 6)]
    group("windows of the second text", lambda d: None, question, windows=dict(max_length=16, stride=4, strategy="only_second"))
    with open(args.write_sample, "w", encoding="utf-8") as f:
        f.write(json.dumps(groups, ensure_ascii=True, separators=(",", ":")).replace('{"text"', '\n{"text"') + "\n")
    print(f"{args.write_sample}: {sum(len(g['cases']) for g in groups)} cases, {os.path.getsize(args.write_sample)} bytes")


def ranges(codes):
    out = []
    for c in codes:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def write_unicode(path):
    """Measures what the reference does with each code point; src/text/unicode.h says what each set means."""
    utf8proc = ctypes.CDLL("libutf8proc.so.2")
    utf8proc.utf8proc_category_string.restype = ctypes.c_char_p
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    clean, cjk, strip, lower = (normalizers.BertNormalizer(**{**off, flag: True}).normalize_str for flag in off)
    nfd, split = normalizers.NFD().normalize_str, pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    alone = Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]"))
    alone.add_tokens([AddedToken("zqz", single_word=True, normalized=False)])

    sets = {k: [] for k in ("Dropped", "Space", "Punctuation", "Mark", "Cjk", "Decomposes", "Combining", "OtherWord")}
    shifts = []
    for c in range(0x110000):
        if 0xD800 <= c < 0xE000:
            continue
        ch, category = chr(c), utf8proc.utf8proc_category_string(c).decode()
        pieces, decomposed = len(split("a" + ch + "b")), nfd(ch)
        # U+0334 has the lowest combining class, U+0345 the highest: one of them changes places with any other mark.
        moves = nfd(ch + "\u0334") != ch + "\u0334" or nfd("\u0345" + ch) != "\u0345" + ch
        by_category = category[0] in "LM" or category in ("Nd", "Nl", "Pc")
        is_word = 1 not in alone.encode(ch + "zqz").ids
        assert is_word or not by_category, hex(c)
        facts = dict(Dropped=clean(ch) == "", Space=pieces == 2, Punctuation=pieces == 3, Cjk=cjk(ch) != ch, Decomposes=decomposed != ch,
                     Mark=decomposed == ch and strip(ch) == "", Combining=decomposed == ch and moves, OtherWord=is_word and not by_category)
        for name, holds in facts.items():
            if holds:
                sets[name].append(c)
        low = lower(ch)
        if ord(low[0]) != utf8proc.utf8proc_tolower(c) and c != 0x130:
            if shifts and shifts[-1][1] == c - 1 and shifts[-1][2] == ord(low) - c:
                shifts[-1][1] = c
            else:
                shifts.append([c, c, ord(low) - c])

    def table(kind, name, rows):
        out, line = [f"constexpr {kind} {name}[] = {{"], " "
        for row in rows:
            item = " {" + ", ".join(row) + "},"
            if len(line) + len(item) > 118:
                out.append(line)
                line = " "
            line += item
        return out + [line, "};"]

    text = ["// Code points by what the reference tokenizer does with them; unicode.h says what each set means.",
            "// Written by scripts/check_tokenizer.py --write-unicode.", "// clang-format off"]
    for name, codes in sets.items():
        text += table("Range", f"k{name}Ranges", [(f"0x{a:X}", f"0x{b:X}") for a, b in ranges(codes)])
    text += ["// Lower case of characters that Unicode 15.0 (utf8proc 2.8) does not know."]
    text += table("Shift", "kNewLowerCase", [(f"0x{a:X}", f"0x{b:X}", str(d)) for a, b, d in shifts]) + ["// clang-format on"]
    with open(path, "w") as f:
        f.write("\n".join(text) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "lathe"))
    parser.add_argument("--texts", type=int, default=150000, help="about how many random texts (every code point comes on top)")
    parser.add_argument("--lines", help="a file with plain text, a line each, to draw from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write-sample", metavar="FILE")
    parser.add_argument("--write-unicode", metavar="FILE")
    args = parser.parse_args()
    if args.write_unicode:
        return write_unicode(args.write_unicode)
    with tempfile.TemporaryDirectory() as scratch:
        if args.write_sample:
            return write_sample(args, scratch)
        return check(args, scratch)


if __name__ == "__main__":
    sys.exit(main())
