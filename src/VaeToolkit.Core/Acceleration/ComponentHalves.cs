using TorchSharp;
using TorchSharp.Modules;
using VaeToolkit.Training;

namespace VaeToolkit;

/// <summary>
/// A VampPrior's components for the two halves of a batch. Each thread sends one half of the pseudo-inputs through the encoder; both halves
/// of the batch see all components as constants; and what their losses pass back to those goes on through the encoder afterwards, again in
/// halves. So every pseudo-input is encoded once a step, as without halves.
/// </summary>
internal sealed class ComponentHalves(VampPrior prior)
{
    // A span of bytes holds no more.
    private const int MostFloats = int.MaxValue / sizeof(float);

    private readonly torch.Tensor?[] _inputs = new torch.Tensor?[2];
    private readonly DiagonalNormal?[] _encoded = new DiagonalNormal?[2];
    private readonly DiagonalNormal?[] _seen = new DiagonalNormal?[2];

    /// <summary>Encodes the pseudo-inputs.</summary>
    /// <param name="team">The halves' threads.</param>
    /// <param name="dense">What trains fully connected layers in this step, if it is not torch.</param>
    internal void Encode(ThreadTeam team, DenseTraining? dense) => team.Run(half => EncodeHalf(half, dense?.Tape(half, comesAlone: true)));

    private void EncodeHalf(int half, DenseTape? tape)
    {
        using var scope = torch.NewDisposeScope();
        var (start, count) = Rows(half);
        using var recording = DenseTape.Use(tape);
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
    internal void Backpropagate(ThreadTeam team, DenseTraining? dense)
    {
        using var scope = torch.NewDisposeScope();
        if (!_seen.Any(seen => seen?.Mean.grad is not null))
            return;
        // Both threads add to the same gradients, so these begin anew: of three terms the order would matter.
        var before = prior.Encoder.parameters().Select(parameter => (parameter, parameter.grad)).ToArray();
        foreach (var (parameter, _) in before)
            parameter.grad = null!;
        var inputs = prior.Learned.requires_grad ? torch.empty_like(prior.Learned) : null;
        team.Run(half => PassBack(half, inputs, dense?.Tape(half, comesAlone: true)));
        using var noGradient = torch.no_grad();
        if (inputs is not null)
            Add(prior.Learned, inputs);
        foreach (var (parameter, gradient) in before)
            Add(parameter, gradient);
    }

    /// <summary>Drops what is kept for a step.</summary>
    internal void Clear()
    {
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

    private void PassBack(int half, torch.Tensor? inputs, DenseTape? tape)
    {
        using var scope = torch.NewDisposeScope();
        var own = _encoded[half]!;
        // With encoder and pseudo-inputs frozen there is nothing to pass on to.
        var outputs = new[] { (Output: own.Mean, Gradient: Passed(half, seen => seen.Mean)),
                (Output: own.LogVariance, Gradient: Passed(half, seen => seen.LogVariance)) }
            .Where(pair => pair.Output.requires_grad && pair.Gradient is not null).ToArray();
        if (outputs.Length > 0)
            DenseTape.Backpropagate(tape, [.. outputs.Select(pair => pair.Output)], [.. outputs.Select(pair => pair.Gradient!)]);
        if (inputs is not null)
            PutGradient(half, inputs);
    }

    // What lies outside the range gets no gradient, as if torch had brought it there.
    private void PutGradient(int half, torch.Tensor all)
    {
        using var noGradient = torch.no_grad();
        var ((start, count), inputs) = (Rows(half), _inputs[half]!);
        var (learned, rows) = (prior.Learned.narrow(0, start, count), all.narrow(0, start, count));
        if (inputs.grad is not { } gradient)
            rows.zero_();
        else if (rows.NumberOfElements <= MostFloats && new[] { learned, inputs, gradient, rows }.All(DenseLayers.IsPlain))
            PlainSums.PutWhereEqual(
                DenseRows.Values(learned), DenseRows.Values(inputs), DenseRows.Values(gradient), DenseRows.Values(rows));
        else
            rows.copy_(gradient.masked_fill(inputs.ne(learned), 0));
    }

    // What the losses of both halves passed to this half's components.
    private torch.Tensor? Passed(int half, Func<DiagonalNormal, torch.Tensor> part)
    {
        var (start, count) = Rows(half);
        var gradients = _seen.OfType<DiagonalNormal>().Select(seen => part(seen).grad).OfType<torch.Tensor>()
            .Select(gradient => gradient.narrow(0, start, count)).ToArray();
        return gradients.Length == 0 ? null : gradients.Aggregate((sum, next) => sum + next);
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
