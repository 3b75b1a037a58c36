#!/usr/bin/env python3
"""A VAE of random token sequences with a convolutional encoder and a GRU decoder under teacher forcing, in PyTorch.

    GOMP_SPINCOUNT=0 python3 pytorch_sequences.py --threads 2 [--batch 100] [--epochs 3] [--items 2000] [--seed 0]

30 symbols, rows of 39 and their end, one-hot through three convolutions of 9, 9 and 11 places and 196 units, 56 latent features, a GRU
of 256 units that sees the token before (embedded in 32) and the latent vector. Adam with 1e-3. Prints `epoch 1: 3.21 s, bound -123.4`.
Needs PyTorch (Debian: python3-torch).
"""
import argparse
import resource
import time

import torch
from torch import nn

SYMBOLS, LENGTH, LATENTS, UNITS, EMBEDDING, HIDDEN = 30, 40, 56, 256, 32, 196
START, END, FIRST = 1, 2, 3


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("batch", 100), ("threads", 2), ("epochs", 3), ("seed", 0), ("items", 2000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv1d(SYMBOLS + 1, 9, 9), nn.Tanh(), nn.Conv1d(9, 9, 9), nn.Tanh(), nn.Conv1d(9, 10, 11), nn.Tanh(), nn.Flatten(),
            nn.Linear(10 * (LENGTH - 26), HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 2 * LATENTS))
        self.embedding = nn.Embedding(SYMBOLS + FIRST, EMBEDDING)
        self.initial = nn.Linear(LATENTS, UNITS)
        self.units = nn.GRU(EMBEDDING + LATENTS, UNITS)
        self.head = nn.Linear(UNITS, SYMBOLS + 1)

    def bound(self, tokens):
        """The ELBO of every row, in nats."""
        classes = tokens - END
        one_hot = nn.functional.one_hot(classes, SYMBOLS + 1).float().transpose(1, 2)
        mean, log_variance = self.encoder(one_hot).chunk(2, dim=-1)
        log_variance = log_variance.clamp(-6, 2)
        z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(-1)
        previous = torch.cat([torch.full_like(tokens[:, :1], START), tokens[:, :-1]], 1)
        given = torch.cat([self.embedding(previous.t()), z.unsqueeze(0).expand(LENGTH, -1, -1)], -1)
        features, _ = self.units(given, self.initial(z).tanh().unsqueeze(0))
        logits = self.head(features).permute(1, 2, 0)
        return -nn.functional.cross_entropy(logits, classes, reduction="none").sum(-1) - divergence


def train(model, rows, args):
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, foreach=True)
    for epoch in range(1, args.epochs + 1):
        started, total = time.perf_counter(), torch.zeros(())
        for chosen in torch.randperm(len(rows)).split(args.batch):
            loss = -model.bound(rows.index_select(0, chosen)).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            total += loss.detach() * len(chosen)
        print(f"epoch {epoch}: {time.perf_counter() - started:.3f} s, bound {-total.item() / len(rows):.3f}", flush=True)


if __name__ == "__main__":
    args = options()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    symbols = torch.randint(FIRST, FIRST + SYMBOLS, (args.items, LENGTH - 1))
    train(Vae(), torch.cat([symbols, torch.full((args.items, 1), END)], 1), args)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6:.0f} MB")
