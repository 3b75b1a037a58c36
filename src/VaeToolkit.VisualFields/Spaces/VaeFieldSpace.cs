using TorchSharp;
using VaeToolkit.Networks;

namespace VaeToolkit.VisualFields;

/// <summary>
/// The latent means of a VAE, and its decoder's means back. Missing places are filled in with what the decoder says of the others, until
/// that no longer changes: of a linear model this is exactly the mean given the places that are there.
/// </summary>
public sealed class VaeFieldSpace : FieldSpace
{
    private const int MostRounds = 30;
    private const double Settled = 0.01;
    private const int Chunk = 4096;

    private readonly Vae _vae;

    /// <summary>The space of a model.</summary>
    /// <param name="vae">The model, of pictures of fields; it is not owned.</param>
    /// <param name="layout">The places.</param>
    /// <exception cref="ArgumentException">The model is of other items, or its decoder was made for a layout that lacks some of the
    /// places.</exception>
    public VaeFieldSpace(Vae vae, FieldLayout layout)
        : base(layout)
    {
        ArgumentNullException.ThrowIfNull(vae);
        if (!vae.ItemShape.SequenceEqual(FieldPictures.ItemShape))
            throw new ArgumentException(
                $"the model's items are {Shape.Text(vae.ItemShape)}; pictures of fields are {Shape.Text(FieldPictures.ItemShape)}",
                nameof(vae));
        if (vae.Decoder is FieldDecoder decoder && decoder.Lacking(layout) is { Count: > 0 } lacking)
            throw new ArgumentException(
                $"the model's decoder has not the places {string.Join(", ", lacking.Select(place => place.Name))} of the layout; take the "
                + "layout that it was trained on", nameof(layout));
        _vae = vae;
    }

    /// <inheritdoc/>
    public override int Size => (int)_vae.LatentSize;

    /// <inheritdoc/>
    protected override double[][] EncodeChecked(IReadOnlyList<VisualField> fields)
        => ByChunk(Complete(fields), rows => Rows(Encode(rows).Mean));

    /// <inheritdoc/>
    protected override double[][]? VariancesChecked(IReadOnlyList<VisualField> fields)
    {
        var variances = ByChunk(Complete(fields), rows => Rows(Encode(rows).Variance));
        return variances.All(row => row.All(value => value > 0)) ? variances : null;
    }

    /// <inheritdoc/>
    protected override double[][] DecodeChecked(IReadOnlyList<double[]> numbers) => ByChunk(numbers, rows =>
    {
        if (rows.Any(row => row.Any(double.IsNaN)))
            throw new ArgumentException("a number is NaN; every number of a VAE's space must be finite", nameof(numbers));
        var all = torch.tensor(rows.SelectMany(row => row).ToArray(), device: torch.CPU);
        var z = all.reshape(rows.Length, -1).ToWeightsOf(_vae.Decoder);
        return FieldPictures.Sensitivities(Layout, _vae.DecodeOfChecked(z).Mean);
    });

    // Rows of dB without gaps.
    private double[][] Complete(IReadOnlyList<VisualField> fields)
    {
        double[][] rows = [.. fields.Select(field => field.Sensitivities.ToArray())];
        int[] gaps = [.. Enumerable.Range(0, rows.Length).Where(i => rows[i].Any(double.IsNaN))];
        if (gaps.Length == 0)
            return rows;
        double[][] seen = [.. gaps.Select(i => rows[i])];
        var filled = seen;
        for (var round = 0; round < MostRounds; round++)
        {
            var decoded = Decode(ByChunk(filled, chunk => Rows(Encode(chunk).Mean)));
            double[][] next = [.. seen.Zip(decoded, (row, whole)
                => row.Zip(whole, (own, other) => double.IsNaN(own) ? other : own).ToArray())];
            var change = round == 0 ? double.PositiveInfinity
                : next.Zip(filled, (a, b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max()).Max();
            filled = next;
            if (change < Settled)
                break;
        }
        for (var i = 0; i < gaps.Length; i++)
            rows[gaps[i]] = filled[i];
        return rows;
    }

    private Posterior Encode(double[][] rows) => _vae.Encode(FieldPictures.Of(Layout, rows, rows.Length).ToWeightsOf(_vae.Encoder));

    private double[][] ByChunk(IReadOnlyList<double[]> rows, Func<double[][], double[][]> read)
    {
        using var mode = EvaluationMode.Enter(_vae);
        return [.. rows.Chunk(Chunk).SelectMany(chunk =>
        {
            using var scope = torch.NewDisposeScope();
            return read(chunk);
        })];
    }

    private static double[][] Rows(torch.Tensor tensor)
    {
        var numbers = tensor.cpu().to(torch.float64).contiguous().data<double>().ToArray();
        return [.. numbers.Chunk((int)tensor.shape[1])];
    }
}
