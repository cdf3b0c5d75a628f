#!/usr/bin/env python3
"""Writes lstm.npz: the weights of a PyTorch LSTM of two layers and both directions, a batch, and what it makes of it.

Needs torch and numpy: make_weights.py [lstm.npz]
"""
import sys

import numpy as np
import torch

torch.manual_seed(1)
lstm = torch.nn.LSTM(input_size=5, hidden_size=6, num_layers=2, bidirectional=True, batch_first=True)
x = torch.randn(3, 7, 5)
with torch.no_grad():
    y, (h, c) = lstm(x)
arrays = {name: value.detach().numpy() for name, value in lstm.named_parameters()}
arrays |= {"x": x.numpy(), "y": y.numpy(), "h": h.numpy(), "c": c.numpy()}
np.savez(sys.argv[1] if len(sys.argv) > 1 else "lstm.npz", **arrays)
