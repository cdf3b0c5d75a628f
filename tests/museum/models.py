"""Models of the families that Lathe is tested and timed on, with random weights, and their exports."""
import numpy as np


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


SIZES = dict(vocab_size=99, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
             max_position_embeddings=64)
TINY = dict(vocab_size=24, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
            max_position_embeddings=20)
BASE = dict(vocab_size=30522, hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072,
            max_position_embeddings=512)


def text_model(family: str, attention: str, sizes: dict = SIZES):
    import torch
    import transformers as tf

    torch.manual_seed(0)
    small = dict(**sizes, attn_implementation=attention)
    layers = sizes["num_hidden_layers"] if sizes is not BASE else 6  # DistilBERT has half of BERT's
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
        model = tf.DistilBertModel(tf.DistilBertConfig(
            vocab_size=sizes["vocab_size"], dim=sizes["hidden_size"], n_layers=layers, n_heads=sizes["num_attention_heads"],
            hidden_dim=sizes["intermediate_size"], max_position_embeddings=sizes["max_position_embeddings"],
            attn_implementation=attention))
    elif family == "roberta":
        model = tf.RobertaModel(tf.RobertaConfig(**small, pad_token_id=1))
    elif family == "electra":
        model = tf.ElectraModel(tf.ElectraConfig(**small, embedding_size=sizes["hidden_size"] // 2))
    elif family == "mpnet":
        small.pop("attn_implementation")
        model = tf.MPNetModel(tf.MPNetConfig(**small, pad_token_id=1))
    elif family == "albert":
        model = tf.AlbertModel(tf.AlbertConfig(**small, embedding_size=sizes["hidden_size"] // 2))
    elif family == "deberta-v2":
        small.pop("attn_implementation")
        model = tf.DebertaV2Model(tf.DebertaV2Config(**small, relative_attention=True, position_buckets=16 if sizes is not BASE else 256,
                                                     pos_att_type=["p2c", "c2p"], norm_rel_ebd="layer_norm",
                                                     share_att_key=True, position_biased_input=False))
    elif family == "modernbert":
        if sizes is not BASE:  # windows that short texts reach beyond
            small.update(global_attn_every_n_layers=2, local_attention=8)
        model = tf.ModernBertModel(tf.ModernBertConfig(**small, pad_token_id=0, bos_token_id=1, eos_token_id=2,
                                                       cls_token_id=1, sep_token_id=2, reference_compile=False))
    else:
        raise ValueError(family)
    for name, p in model.named_parameters():
        if p.dim() == 1:
            with torch.no_grad():
                p.add_(0.1 * torch.randn_like(p))
    return model.eval(), types


def tagger(words: int = 99, width: int = 32, hidden: int = 24):
    import torch

    class Tagger(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.words = torch.nn.Embedding(words, width)
            self.lstm = torch.nn.LSTM(width, hidden, num_layers=2, bidirectional=True, batch_first=True)
            self.out = torch.nn.Linear(2 * hidden, 7)

        def forward(self, input_ids):
            return self.out(self.lstm(self.words(input_ids))[0])

    torch.manual_seed(0)
    return Tagger().eval()


def vision_model(family: str, attention: str, full: bool = False):
    """The model and the side of its images; `full`: ViT-B/16, ResNet-50 and MobileNet-v2 of 224."""
    import torch
    import transformers as tf

    torch.manual_seed(0)
    if family == "vit":
        small = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, image_size=32, patch_size=8)
        config = tf.ViTConfig(**({} if full else small), attn_implementation=attention)
        return tf.ViTModel(config).eval(), config.image_size
    import torchvision
    resnet = torchvision.models.resnet50 if full else torchvision.models.resnet18
    model = resnet(weights=None) if family == "resnet" else torchvision.models.mobilenet_v2(weights=None)
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            with torch.no_grad():
                m.running_mean.normal_(0, 0.1)
                m.running_var.uniform_(0.5, 1.5)
                m.weight.uniform_(0.5, 1.5)
                m.bias.normal_(0, 0.1)
    return model.eval(), 224 if full else 64


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
