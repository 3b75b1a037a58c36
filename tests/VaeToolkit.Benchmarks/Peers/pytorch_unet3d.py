#!/usr/bin/env python3
"""Training steps of the residual 3D U-Net in PyTorch, on random volumes.

    GOMP_SPINCOUNT=0 python3 pytorch_unet3d.py --threads 1 [--batch 2] [--edge 32] [--widths 8,16,32] [--steps 60] [--seed 0]

Pre-activation blocks (instance norm without affine map, ReLU, 3x3x3 convolution without bias), one residual block a level, strided
convolutions down, trilinear interpolation up to the size of the skip, which is added. Dice and binary cross-entropy from logits,
gradients clipped at norm 5, Adam with 4e-3 in a cosine, L2. Prints `step: 0.1234 s, loss 1.7 to 0.9` with the median over the steps
after the tenth, and the peak memory.
Needs PyTorch (Debian: python3-torch).
"""
import argparse
import math
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as f


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("threads", 1), ("batch", 2), ("edge", 32), ("steps", 60), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--widths", type=lambda text: [int(width) for width in text.split(",")], default=[8, 16, 32])
    return parser.parse_args()


def convolution(inputs, outputs, edge, stride=1, bias=False):
    layer = nn.Conv3d(inputs, outputs, edge, stride, padding=edge // 2, bias=bias)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return layer


def activate(x):
    return f.relu(f.instance_norm(x), inplace=True)


class Down(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.first, self.second = convolution(inputs, outputs, 3, 2), convolution(outputs, outputs, 3)
        self.shortcut = convolution(inputs, outputs, 1, 2)

    def forward(self, x):
        activated = activate(x)
        return self.second(activate(self.first(activated))) + self.shortcut(activated)


class Up(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.project = convolution(inputs, outputs, 1)
        self.first, self.second = convolution(outputs, outputs, 3), convolution(outputs, outputs, 3)

    def forward(self, x, skip):
        x = f.interpolate(self.project(activate(x)), size=skip.shape[2:], mode="trilinear", align_corners=True) + skip
        return self.second(activate(self.first(activate(x)))) + x


class UNet(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.init = convolution(1, widths[0], 3)
        self.downs = nn.ModuleList(Down(a, b) for a, b in zip(widths, widths[1:]))
        self.ups = nn.ModuleList(Up(b, a) for a, b in reversed(list(zip(widths, widths[1:]))))
        self.out = convolution(widths[0], 1, 1, bias=True)
        nn.init.zeros_(self.out.bias)

    def forward(self, x):
        x, skips = self.init(x), []
        for down in self.downs:
            skips.append(x)
            x = down(x)
        for up in self.ups:
            x = up(x, skips.pop())
        return self.out(x)


def dice_and_cross_entropy(logits, labels):
    p, y = logits.flatten(1).sigmoid(), labels.flatten(1).float()
    dice = 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)
    return dice + f.binary_cross_entropy_with_logits(logits.flatten(1), y)


def train(network, volumes, labels, args):
    optimiser = torch.optim.Adam(network.parameters(), lr=4e-3, weight_decay=2e-4, foreach=True)
    seconds, losses = [], []
    for step in range(args.steps):
        started = time.perf_counter()
        for group in optimiser.param_groups:
            group["lr"] = 4e-3 * max(0.01, 0.5 * (1 + math.cos(math.pi * step / args.steps)))
        rows = torch.randperm(len(volumes), device=volumes.device)[: args.batch]
        loss = dice_and_cross_entropy(network(volumes.index_select(0, rows)), labels.index_select(0, rows))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5)
        optimiser.step()
        losses.append(loss.item())
        seconds.append(time.perf_counter() - started)
    print(f"step: {statistics.median(seconds[10:]):.4f} s, loss {losses[0]:.4f} to {losses[-1]:.4f}")


if __name__ == "__main__":
    args = options()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    model = UNet(args.widths).to(args.device)
    print(f"UNet3d {args.widths}, {sum(p.numel() for p in model.parameters()):,} parameters")
    images = torch.randn(8, 1, args.edge, args.edge, args.edge, device=args.device)
    train(model, images, (images.squeeze(1) > 1).long(), args)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6:.0f} MB")
