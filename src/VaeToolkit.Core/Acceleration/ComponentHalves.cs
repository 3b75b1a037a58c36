using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// A VampPrior's components for the two halves of a batch. Each thread sends one half of the pseudo-inputs through the encoder; both halves
/// of the batch see all components as constants; and what their losses pass back to those goes on through the encoder afterwards, again in
/// halves. So every pseudo-input is encoded once a step, as without halves.
/// </summary>
internal sealed class ComponentHalves(VampPrior prior, DenseTraining? dense) : IDisposable
{
    private readonly torch.Tensor?[] _inputs = new torch.Tensor?[2];
    private readonly DiagonalNormal?[] _encoded = new DiagonalNormal?[2];
    private readonly DiagonalNormal?[] _seen = new DiagonalNormal?[2];

    /// <summary>Encodes the pseudo-inputs.</summary>
    internal void Encode(ThreadTeam team)
    {
        _ = dense?.Step();
        team.Run(EncodeHalf);
    }

    private void EncodeHalf(int half)
    {
        using var scope = torch.NewDisposeScope();
        var (start, count) = Rows(half);
        using var recording = DenseTape.Use(dense?.Tape(half));
        _inputs[half] = prior.PseudoInputs(start, count).DetachFromDisposeScope();
        var components = prior.Components(_inputs[half]!);
        _encoded[half] = new(components.Mean.DetachFromDisposeScope(), components.LogVariance.DetachFromDisposeScope());
    }

    /// <summary>Lets the prior use them on this thread, as constants whose gradients are kept, until disposed.</summary>
    internal IDisposable Show(int half)
    {
        var seen = new DiagonalNormal(Constant(components => components.Mean), Constant(components => components.LogVariance));
        _seen[half] = seen;
        return prior.Use(seen);
    }

    /// <summary>Adds what the losses of both halves passed back to the components to the gradients of encoder and pseudo-inputs.</summary>
    internal void Backpropagate(ThreadTeam team)
    {
        using var scope = torch.NewDisposeScope();
        if (!_seen.Any(seen => seen?.Mean.grad is not null))
            return;
        // Both threads add to the same gradients, so these begin anew: of three terms the order would matter.
        var before = prior.Encoder.parameters().Select(parameter => (parameter, parameter.grad)).ToArray();
        foreach (var (parameter, _) in before)
            parameter.grad = null!;
        var inputs = prior.Learned.requires_grad ? torch.empty_like(prior.Learned) : null;
        team.Run(half => PassBack(half, inputs));
        dense?.HandOver(team);
        using var noGradient = torch.no_grad();
        if (inputs is not null)
            Add(prior.Learned, inputs);
        foreach (var (parameter, gradient) in before)
            Add(parameter, gradient);
    }

    /// <summary>Drops what is kept for a step.</summary>
    internal void Clear()
    {
        dense?.Forget();
        foreach (var inputs in _inputs)
            inputs?.Dispose();
        Array.Clear(_inputs);
        foreach (var components in _encoded.Concat(_seen).OfType<DiagonalNormal>())
        {
            components.Mean.Dispose();
            components.LogVariance.Dispose();
        }
        Array.Clear(_encoded);
        Array.Clear(_seen);
    }

    /// <summary>Passes of fully connected layers by our own products so far.</summary>
    internal long Taken => dense?.Taken ?? 0;

    public void Dispose() => dense?.Dispose();

    private (long Start, long Count) Rows(int half)
    {
        var cut = prior.ComponentCount / 2;
        return half == 0 ? (0, cut) : (cut, prior.ComponentCount - cut);
    }

    private torch.Tensor Constant(Func<DiagonalNormal, torch.Tensor> part)
    {
        using var scope = torch.NewDisposeScope();
        var constant = torch.cat([part(_encoded[0]!).detach(), part(_encoded[1]!).detach()]).DetachFromDisposeScope();
        constant.requires_grad = true;
        return constant;
    }

    private void PassBack(int half, torch.Tensor? inputs)
    {
        using var scope = torch.NewDisposeScope();
        var own = _encoded[half]!;
        // With encoder and pseudo-inputs frozen there is nothing to pass on to.
        if (own.Mean.requires_grad || own.LogVariance.requires_grad)
        {
            TrainingLoop.Backpropagate(
                Weighted(own.Mean, half, seen => seen.Mean) + Weighted(own.LogVariance, half, seen => seen.LogVariance),
                share: 1, dense?.Tape(half));
        }
        if (inputs is not null)
            PutGradient(half, inputs);
    }

    // What lies outside the range gets no gradient, as if torch had brought it there.
    private void PutGradient(int half, torch.Tensor all)
    {
        using var noGradient = torch.no_grad();
        var ((start, count), inputs) = (Rows(half), _inputs[half]!);
        var rows = all.narrow(0, start, count);
        if (inputs.grad is { } gradient)
            rows.copy_(gradient.masked_fill_(inputs.ne(prior.Learned.narrow(0, start, count)), 0));
        else
            rows.zero_();
    }

    // Σ output · g with g held fixed passes g back to the output.
    private torch.Tensor Weighted(torch.Tensor output, int half, Func<DiagonalNormal, torch.Tensor> part)
    {
        var (start, count) = Rows(half);
        var gradients = _seen.OfType<DiagonalNormal>()
            .Select(seen => part(seen).grad).OfType<torch.Tensor>().Select(gradient => gradient.narrow(0, start, count));
        return (output * gradients.Aggregate((sum, next) => sum + next)).sum();
    }

    private static void Add(Parameter parameter, torch.Tensor? gradient)
    {
        if (gradient is null)
            return;
        if (parameter.grad is { } passed)
            passed.add_(gradient);
        else
            parameter.grad = gradient;
    }
}
