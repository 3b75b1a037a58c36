using System.Runtime.CompilerServices;
using TorchSharp;
using VaeToolkit.Training;

namespace VaeToolkit.SemiSupervised;

/// <content>Controlled generation: what y says is chosen, what z says is drawn or taken from an item.</content>
public sealed partial class ConditionalVae
{
    /// <summary>
    /// New items for every pair of a code drawn from the prior and a label, their means E[x|y,z] or draws from p(x|y,z): a grid whose rows
    /// share z and whose columns share y. In evaluation mode, without gradients.
    /// </summary>
    /// <param name="labels">Label rows of the columns, <c>[C, Y]</c>, such as <c>labels.Rows(torch.arange(10))</c>.</param>
    /// <param name="codes">Rows R of the grid, at least 1.</param>
    /// <param name="seed">The same seed gives the same items, and the caller's random numbers are left as they were;
    /// null takes them from TorchSharp's default generator.</param>
    /// <param name="draws">Whether items are drawn from p(x|y,z); by default they are its means.</param>
    /// <returns><c>[R C, *item]</c>, row by row, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The label rows have another width, or one is no label; the message names it.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="codes"/> is below 1.</exception>
    public torch.Tensor SampleGrid(torch.Tensor labels, long codes, long? seed = null, bool draws = false)
    {
        RequireLabels(labels);
        Shape.RequirePositive(codes, "the number of codes", nameof(codes));
        using var mode = EvaluationMode.Enter(this);
        using var seedScope = seed is { } given ? NoiseSource.Begin(this, given) : null;
        using var scope = torch.NewDisposeScope();
        return Grid(Prior.SampleFor(Decoder, codes), labels, draws).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Style transfer: E[x|y,z] for the code z = E_q[z|x,y] of every item and every label, a grid whose rows share the style of an item and
    /// whose columns share y (Kingma et al. 2014, figure 1). In evaluation mode, without gradients.
    /// </summary>
    /// <param name="x">Items, <c>[N, *item]</c>.</param>
    /// <param name="y">Their own label rows, <c>[N, Y]</c>.</param>
    /// <param name="labels">Label rows of the columns, <c>[C, Y]</c>.</param>
    /// <returns><c>[N C, *item]</c>, row by row, of the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or a row is no label; the message names it.</exception>
    public torch.Tensor TransferStyle(torch.Tensor x, torch.Tensor y, torch.Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(x);
        RequireLabels(labels);
        RequireLabels(y);
        using var mode = EvaluationMode.Enter(this);
        using var scope = torch.NewDisposeScope();
        return Grid(Encode(x, y).Mean, labels, draws: false).MoveToOuterDisposeScope();
    }

    private torch.Tensor Grid(torch.Tensor z, torch.Tensor labels, bool draws)
    {
        var (rows, columns) = (z.shape[0], labels.shape[0]);
        var codes = z.unsqueeze(1).expand(rows, columns, z.shape[1]);
        return Generated(codes.reshape(rows * columns, -1), labels.repeat(rows, 1), draws);
    }

    // A likelihood may hand out a tensor that it holds; the caller gets one of its own.
    private torch.Tensor Generated(torch.Tensor z, torch.Tensor y, bool draws)
    {
        var likelihood = DecodeOfChecked(z, y);
        return (draws ? likelihood.Sample() : likelihood.Mean).alias();
    }

    private void RequireLabels(torch.Tensor labels, [CallerArgumentExpression(nameof(labels))] string name = "")
    {
        LabelRows.Require(labels, LabelSize, name);
        LabelRows.RequireProbabilities(labels, Labels, name);
    }
}
