using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Mega;

/// <summary>p(x|z) = N(W z + μ, σ² I), with W, μ and log σ² as parameters in float64.</summary>
public sealed class LinearGaussianDecoder : Decoder, IDescribedPart
{
    internal const string PartName = "linear-gaussian-decoder";

    private readonly long[] _itemShape;

    /// <summary>Takes the parameters' first values.</summary>
    /// <param name="weights">W, D × q.</param>
    /// <param name="mean">μ, D values.</param>
    /// <param name="noiseVariance">σ², above 0.</param>
    /// <exception cref="ArgumentException">Sizes disagree, or the variance is not above 0.</exception>
    public LinearGaussianDecoder(Matrix<double> weights, Vector<double> mean, double noiseVariance)
        : base(nameof(LinearGaussianDecoder))
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(mean);
        if (weights.RowCount != mean.Count || !(noiseVariance > 0 && double.IsFinite(noiseVariance)))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"weights have {weights.RowCount} rows, the mean {mean.Count} values, the "
                + $"noise variance is {noiseVariance}; the first two must agree and the last be a number above 0"), nameof(weights));
        (LatentSize, _itemShape) = (weights.ColumnCount, [mean.Count]);
        using var scope = torch.NewDisposeScope();
        this.RegisterParameter("weights", Rows.Tensor(weights));
        this.RegisterParameter("mean", Rows.Tensor(mean));
        this.RegisterParameter("log_variance", torch.tensor([Math.Log(noiseVariance)], torch.float64, torch.CPU));
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> ItemShape => _itemShape;

    /// <inheritdoc/>
    public override Likelihood forward(torch.Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Shape.RequireLastAxis(input, LatentSize, "the latent size", nameof(input));
        torch.Tensor weights = get_parameter("weights")!;
        torch.Tensor mean = get_parameter("mean")!;
        torch.Tensor logVariance = get_parameter("log_variance")!;
        return EngineError.Of(this, input, nameof(input),
            () => new GaussianLikelihood(torch.einsum("...j,ij->...i", input, weights) + mean, logVariance));
    }

    /// <inheritdoc/>
    public override LikelihoodGraph WriteTo(NetworkGraph graph, GraphValue z)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(z);
        using var scope = torch.NewDisposeScope();
        var mean = z.Then("MatMul", graph.Constant(get_parameter("weights")!.t())) + graph.Constant(get_parameter("mean")!);
        var logVariance = graph.Constant(get_parameter("log_variance")!);
        return new(mean, new GraphParameter("log_variance", logVariance, [1], "log-variance of all values"));
    }

    /// <summary>The sizes.</summary>
    public override string ToString() => $"{nameof(LinearGaussianDecoder)} {LatentSize} → {_itemShape[0]}";

    PartDescription IDescribedPart.Describe()
        => new PartDescription(PartName).With("latent_size", LatentSize).With("item_size", _itemShape[0]);

    internal static LinearGaussianDecoder From(PartOptions options)
    {
        var (latents, values) = (options.Count("latent_size"), options.Count("item_size"));
        options.RequireWeights(latents, values);
        return new(Matrix<double>.Build.Dense(values, latents), Vector<double>.Build.Dense(values), noiseVariance: 1);
    }
}
