using System.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Samples;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static VaeToolkit.Benchmarks.SequenceWorkload;

namespace VaeToolkit.Benchmarks.Peers;

/// <summary><c>pytorch_sequences.py</c> with TorchSharp alone, as a .NET user would write it. It prints the same lines.</summary>
internal sealed class PlainSequences : Module
{
    private readonly Sequential _encoder = Sequential(
        Conv1d(Symbols + 1, 9, 9), Tanh(), Conv1d(9, 9, 9), Tanh(), Conv1d(9, 10, 11), Tanh(), Flatten(),
        Linear(10 * (Length - 26), Hidden), Tanh(), Linear(Hidden, 2 * Latents));

    private readonly Embedding _embedding = Embedding(Symbols + TokenAlphabet.FirstSymbol, SequenceWorkload.Embedding);
    private readonly Linear _initial = Linear(Latents, Units);
    private readonly GRU _units = GRU(SequenceWorkload.Embedding + Latents, Units);
    private readonly Linear _head = Linear(Units, Symbols + 1);

    private PlainSequences()
        : base(nameof(PlainSequences)) => RegisterComponents();

    public static void Run(SampleArguments arguments)
    {
        set_num_threads(arguments.Number("--threads", 2));
        manual_seed(arguments.Number("--seed", 0, least: 0));
        using var vae = new PlainSequences();
        using var data = Rows(arguments.Number("--items", 2000));
        using var rows = data.to(int64);
        using var optimizer = optim.Adam(vae.parameters(), lr: 1e-3);
        var batch = arguments.Number("--batch", 100);
        for (var epoch = 1; epoch <= arguments.Number("--epochs", 3); epoch++)
        {
            var clock = Stopwatch.StartNew();
            using var epochScope = NewDisposeScope();
            var (order, total) = (randperm(rows.shape[0]), zeros([]));
            for (var start = 0L; start < rows.shape[0]; start += batch)
            {
                using var step = NewDisposeScope();
                var chosen = order[(int)start..(int)Math.Min(start + batch, rows.shape[0])];
                var loss = -vae.Bound(rows.index_select(0, chosen)).mean();
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
                total.add_(loss.detach() * chosen.shape[0]);
            }
            var bound = -total.item<float>() / rows.shape[0];
            EpochLine.Print(epoch, clock.Elapsed.TotalSeconds, bound);
        }
        EpochLine.PrintPeakMemory();
    }

    private Tensor Bound(Tensor tokens)
    {
        var classes = tokens - TokenAlphabet.End;
        var encoded = _encoder.forward(functional.one_hot(classes, Symbols + 1).to(float32).transpose(1, 2)).chunk(2, dim: -1);
        var (mean, logVariance) = (encoded[0], encoded[1].clamp(-6, 2));
        var z = mean + (0.5 * logVariance).exp() * randn_like(mean);
        var divergence = 0.5 * (mean.square() + logVariance.exp() - 1 - logVariance).sum(-1);
        var previous = cat([full_like(tokens[.., ..1], TokenAlphabet.Start), tokens[.., ..^1]], 1);
        var given = cat([_embedding.forward(previous.t()), z.unsqueeze(0).expand(Length, -1, -1)], -1);
        var (features, _) = _units.call(given, _initial.forward(z).tanh().unsqueeze(0));
        var logits = _head.forward(features).permute(1, 2, 0);
        return -functional.cross_entropy(logits, classes, reduction: Reduction.None).sum(-1) - divergence;
    }
}
