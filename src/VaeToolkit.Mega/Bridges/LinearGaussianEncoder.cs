using MathNet.Numerics.LinearAlgebra;
using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Mega;

/// <summary>q(z|x) = N(V (x − μ), diag d), with V, μ and log d as parameters in float64.</summary>
public sealed class LinearGaussianEncoder : Encoder, IDescribedPart
{
    internal const string PartName = "linear-gaussian-encoder";

    private readonly int _inputSize;

    /// <summary>Takes the parameters' first values.</summary>
    /// <param name="weights">V, q × D.</param>
    /// <param name="mean">μ, D values.</param>
    /// <param name="variances">d, q values above 0.</param>
    /// <exception cref="ArgumentException">Sizes disagree, or a variance is not above 0.</exception>
    public LinearGaussianEncoder(Matrix<double> weights, Vector<double> mean, Vector<double> variances)
        : base(nameof(LinearGaussianEncoder))
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(variances);
        if (weights.ColumnCount != mean.Count || weights.RowCount != variances.Count || variances.Any(value => !(value > 0)))
            throw new ArgumentException($"weights are {weights.RowCount} × {weights.ColumnCount}, the mean has {mean.Count} "
                + $"values, the variances {variances.Count}; they must be q × D, D and q, with variances above 0", nameof(weights));
        (LatentSize, _inputSize) = (weights.RowCount, weights.ColumnCount);
        using var scope = torch.NewDisposeScope();
        this.RegisterParameter("weights", Rows.Tensor(weights));
        this.RegisterParameter("mean", Rows.Tensor(mean));
        this.RegisterParameter("log_variance", Rows.Tensor(variances.PointwiseLog()));
    }

    /// <inheritdoc/>
    public override long LatentSize { get; }

    /// <inheritdoc/>
    public override Posterior forward(torch.Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        torch.Tensor weights = get_parameter("weights")!;
        torch.Tensor mean = get_parameter("mean")!;
        torch.Tensor logVariance = get_parameter("log_variance")!;
        var rows = Shape.Flat(input, weights.shape[1], nameof(input));
        return EngineError.Of(this, rows, nameof(input), () =>
        {
            var latent = (rows - mean).mm(weights.t());
            return new DiagonalNormal(latent, logVariance.expand_as(latent));
        });
    }

    /// <inheritdoc/>
    public override PosteriorGraph WriteTo(NetworkGraph graph, GraphValue items)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(items);
        using var scope = torch.NewDisposeScope();
        var centred = items.Reshape(NetworkGraph.Batch, _inputSize) - graph.Constant(get_parameter("mean")!);
        var latent = centred.Then("MatMul", graph.Constant(get_parameter("weights")!.t()));
        return new(latent, latent.Fill(graph.Constant(get_parameter("log_variance")!)));
    }

    /// <summary>The sizes.</summary>
    public override string ToString() => $"{nameof(LinearGaussianEncoder)} {_inputSize} → {LatentSize}";

    PartDescription IDescribedPart.Describe()
        => new PartDescription(PartName).With("input_size", _inputSize).With("latent_size", LatentSize);

    internal static LinearGaussianEncoder From(PartOptions options)
    {
        var (inputs, latents) = (options.Count("input_size"), options.Count("latent_size"));
        options.RequireWeights(inputs, latents);
        return new(
            Matrix<double>.Build.Dense(latents, inputs), Vector<double>.Build.Dense(inputs), Vector<double>.Build.Dense(latents, 1));
    }
}
