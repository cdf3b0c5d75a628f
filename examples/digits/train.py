#!/usr/bin/env python3
"""Trains the network of this example on scikit-learn's handwritten digits (8 x 8, 0 to 16) and writes digits.npz: its
weights, the images and labels that it has not seen, and how many of them PyTorch gets right; beside it digits.onnx, the
network with a softmax, and image.npy, one of these images.

Needs torch, onnx, scikit-learn and numpy: train.py [digits.npz]
"""
import pathlib
import sys

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(1)
torch.set_num_threads(1)
digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16
labels = torch.tensor(digits.target)
held_out = torch.randperm(len(labels), generator=torch.Generator().manual_seed(1))[:360]
seen = torch.ones(len(labels), dtype=torch.bool)
seen[held_out] = False

model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16),
                      nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * 4 * 4, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
x, y = images[seen], labels[seen]
for epoch in range(15):
    for batch in torch.randperm(len(y)).split(64):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
        optimizer.step()

model.eval()
with torch.no_grad():
    correct = int((model(images[held_out]).argmax(1) == labels[held_out]).sum())
print(f"{correct} of {len(held_out)} are right")
arrays = {name: value.numpy() for name, value in model.state_dict().items() if value.dtype == torch.float32}
arrays["images"] = digits.images[held_out.numpy()].astype(np.uint8)
arrays["labels"] = digits.target[held_out.numpy()].astype(np.int32)
arrays["correct"] = np.array([correct], dtype=np.int32)
path = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "digits.npz")
np.savez(path, **arrays)
example = images[held_out[:1]]
np.save(path.with_name("image.npy"), example.numpy())
torch.onnx.export(nn.Sequential(model, nn.Softmax(1)), (example,), str(path.with_name("digits.onnx")), input_names=["image"],
                  output_names=["probabilities"], dynamic_axes={"image": {0: "n"}}, opset_version=17, dynamo=False)
