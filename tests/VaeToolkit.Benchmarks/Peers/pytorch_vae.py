#!/usr/bin/env python3
"""The same workload in PyTorch, written with care: one tensor, no DataLoader, no numbers read back before the epoch ends.

    GOMP_SPINCOUNT=0 python3 pytorch_vae.py --data <folder with MNIST's .gz files> --batch 100 --threads 2 --epochs 3 [--nll 1000]
        [--importance 5] [--vamp 500] [--nll-samples 500] [--items 6000] [--conv]

A 784-300-300-40 VAE with LeakyReLU, MNIST binarised at one half, Adam with 5e-4. Prints `epoch 1: 3.21 s, bound -123.4` for every
epoch and, with --nll N, `NLL 98.4 +- 0.9 nats` over the first N test images with 500 importance samples, drawn 50 at a time.
--importance K trains with the importance-weighted bound of K samples; --vamp M with a VampPrior of M pseudo-inputs that begin as
the first M training images; --items N trains on the first N images only; --conv trains a convolutional VAE on images padded to 32 by 32.
Needs PyTorch (Debian: python3-torch) and numpy.
"""
import argparse
import gzip
import math
import pathlib
import resource
import time

import numpy
import torch
from torch import nn


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    for name, default in (("batch", 100), ("threads", 2), ("epochs", 3), ("seed", 0), ("nll", 0),
                          ("importance", 1), ("vamp", 0), ("nll-samples", 500), ("nll-chunk", 10), ("items", 60_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--conv", action="store_true")
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


def binary_images(path):
    with gzip.open(path) as file:
        pixels = numpy.frombuffer(file.read(), numpy.uint8, offset=16)
    return torch.from_numpy((pixels > 127).reshape(-1, 784).astype(numpy.float32))


class Vae(nn.Module):
    def __init__(self, width=300, latent=40, pseudo_inputs=None):
        super().__init__()
        self.pseudo_inputs = None if pseudo_inputs is None else nn.Parameter(pseudo_inputs.clone())
        self.encoder = self.mlp(784, width, 2 * latent)
        self.decoder = self.mlp(latent, width, 784)

    @staticmethod
    def mlp(inputs, width, outputs):
        return nn.Sequential(nn.Linear(inputs, width), nn.LeakyReLU(), nn.Linear(width, width), nn.LeakyReLU(), nn.Linear(width, outputs))

    def posterior(self, x):
        mean, log_variance = self.encoder(x).chunk(2, dim=-1)
        return mean, log_variance.clamp(-6, 2)

    def log_likelihood(self, x, z):
        logits = self.decoder(z)
        return (x * logits - nn.functional.softplus(logits)).sum(-1)

    def log_prior(self, z):
        """log p(z) but for the constant that log q(z|x) has too."""
        if self.pseudo_inputs is None:
            return -0.5 * z.square().sum(-1)
        mean, log_variance = self.posterior(self.pseudo_inputs.clamp(0, 1))
        # The square is written out, so that matrix products do the work and no [N, M, 40] array is made.
        precision = (-log_variance).exp()
        constant = (mean.square() * precision + log_variance).sum(-1)
        components = z @ (mean * precision).T - 0.5 * (z.square() @ precision.T + constant)
        return components.logsumexp(-1) - math.log(len(mean))

    def bound(self, x, samples):
        """What is maximised, for every image in nats: the ELBO, in closed form where it has one, or the bound of several samples."""
        if samples > 1 or self.pseudo_inputs is not None:
            return self.log_weights(x, samples).logsumexp(0) - math.log(samples)
        mean, log_variance = self.posterior(x)
        z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(-1)
        return self.log_likelihood(x, z) - divergence

    def log_weights(self, x, samples):
        """log p(x|z) + log p(z) - log q(z|x) for importance samples z, [samples, N]; the constants of the two normals cancel."""
        mean, log_variance = self.posterior(x)
        noise = torch.randn(samples, *mean.shape, device=mean.device)
        z = mean + (0.5 * log_variance).exp() * noise
        return self.log_likelihood(x, z) + self.log_prior(z) + 0.5 * (noise.square() + log_variance).sum(-1)


class ConvVae(Vae):
    """Two convolutions of stride 2 with 32 and 64 channels, a hidden layer of 256, and their mirror image."""

    def __init__(self, latent=40):
        super().__init__()
        act, flat = nn.LeakyReLU, 64 * 8 * 8
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 32, 4, 2, 1), act(), nn.Conv2d(32, 64, 4, 2, 1), act(), nn.Flatten(),
            nn.Linear(flat, 256), act(), nn.Linear(256, 2 * latent))
        self.decoder = nn.Sequential(
            nn.Linear(latent, 256), act(), nn.Linear(256, flat), act(), nn.Unflatten(1, (64, 8, 8)),
            nn.ConvTranspose2d(64, 32, 4, 2, 1), act(), nn.ConvTranspose2d(32, 1, 4, 2, 1), nn.Flatten())

    def log_likelihood(self, x, z):
        return super().log_likelihood(x.flatten(1), z)


def train(model, images, args):
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-4, foreach=True)
    for epoch in range(1, args.epochs + 1):
        started, total = time.perf_counter(), torch.zeros((), device=images.device)
        for rows in torch.randperm(len(images), device=images.device).split(args.batch):
            loss = -model.bound(images.index_select(0, rows), args.importance).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            total += loss.detach() * len(rows)
        bound = -total.item() / len(images)
        print(f"epoch {epoch}: {time.perf_counter() - started:.3f} s, bound {bound:.3f}", flush=True)


@torch.no_grad()
def negative_log_likelihood(model, images, samples, chunk):
    started, rows = time.perf_counter(), []
    for x in images.split(100):
        weights = torch.cat([model.log_weights(x, chunk) for _ in range(samples // chunk)])
        rows.append(math.log(samples) - weights.logsumexp(0))
    nll = torch.cat(rows)
    print(f"NLL {nll.mean():.3f} +- {nll.std() / math.sqrt(len(nll)):.3f} nats over {len(nll)} images, {samples} samples, "
          f"{time.perf_counter() - started:.3f} s")


if __name__ == "__main__":
    args = options()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    train_images = binary_images(args.data / "train-images-idx3-ubyte.gz").to(args.device)
    vae = (ConvVae() if args.conv else Vae(pseudo_inputs=train_images[: args.vamp] if args.vamp else None)).to(args.device)
    items = train_images[: args.items]
    train(vae, nn.functional.pad(items.reshape(-1, 1, 28, 28), [2, 2, 2, 2]) if args.conv else items, args)
    if args.nll:
        negative_log_likelihood(vae, binary_images(args.data / "t10k-images-idx3-ubyte.gz")[: args.nll].to(args.device), args.nll_samples,
                                args.nll_chunk)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6:.0f} MB")
