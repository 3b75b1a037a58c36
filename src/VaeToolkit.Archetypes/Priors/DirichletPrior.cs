using TorchSharp;
using VaeToolkit.Networks;
using VaeToolkit.Storage;

namespace VaeToolkit.Archetypes;

/// <summary>
/// A prior over the simplex of archetypes and its neighbourhood: t = a Z + s ε, where a ~ Dir(α, …, α) are weights, Z the vertices and
/// ε standard normal noise (Keller et al. 2019). Its density is an average over a, and here that average is taken over P points that are
/// spread evenly over the Dirichlet distribution: p(t) = 1/P Σ N(t; a_p Z, s² I), a mixture that <see cref="Sample"/> draws from exactly.
/// Saved key: <c>points</c>, <c>[P, M]</c>. Nothing in it is learned, and its divergence has no closed form.
/// </summary>
/// <remarks>
/// The authors' code takes the density of one draw of a for each row of a batch, which scatters about the average and is largest where a
/// happens to be near. How far the mixture is from the average over all a is in the documentation, by k and s.
/// </remarks>
public sealed class DirichletPrior : Prior, IDescribedPart
{
    internal const string PartName = "dirichlet-prior";

    private readonly DirichletPriorOptions _options;
    private readonly double[] _points;

    /// <summary>Makes the prior.</summary>
    /// <param name="archetypes">k, at least 2; it has k − 1 latent features.</param>
    /// <param name="options">Concentration, noise and points; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public DirichletPrior(int archetypes, DirichletPriorOptions? options = null)
        : base(nameof(DirichletPrior))
    {
        Simplex = new ArchetypeSimplex(archetypes);
        _options = (options ?? new()).Validated(nameof(options));
        using var scope = torch.NewDisposeScope();
        var weights = torch.tensor(DirichletPoints.Of(archetypes, _options.Concentration, _options.Points), device: torch.CPU);
        var points = weights.mm(torch.tensor(Simplex.Vertices(), device: torch.CPU));
        _points = points.data<double>().ToArray();
        this.RegisterBuffer("points", points.to(torch.float32));
    }

    /// <summary>The simplex.</summary>
    public ArchetypeSimplex Simplex { get; }

    /// <inheritdoc/>
    public override long LatentSize => Simplex.Dimension;

    private torch.Tensor Points => this.ExactBuffer("points", _points);

    private double LogVariance => 2 * Math.Log(_options.NoiseScale);

    /// <inheritdoc/>
    public override torch.Tensor LogProb(torch.Tensor z)
    {
        var rows = new LatentRows(z, LatentSize);
        RequireFiniteLatents(z);
        return EngineError.Of(this, z, nameof(z), () =>
        {
            var (points, logVariances, logWeights) = Mixture();
            return rows.Restore(MixtureLogDensity.Of(points, logVariances, logWeights, rows.Rows));
        });
    }

    /// <inheritdoc/>
    public override torch.Tensor Sample(long count)
    {
        Shape.RequirePositive(count, "the number of samples", nameof(count));
        using var scope = torch.NewDisposeScope();
        var (points, logVariances, logWeights) = Mixture();
        return MixtureLogDensity.Sample(points, logVariances, logWeights, count).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override GraphValue WriteTo(NetworkGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        using var scope = torch.NewDisposeScope();
        var (points, logVariances, logWeights) = Mixture();
        return graph.MixtureDraw(graph.Constant(points), graph.Constant(logVariances), logWeights.exp(), LatentSize);
    }

    /// <summary>k, α, s and the number of points.</summary>
    public override string ToString() => FormattableString.Invariant($"{nameof(DirichletPrior)} {Simplex.Count} archetypes, α ")
        + FormattableString.Invariant($"{_options.Concentration}, noise {_options.NoiseScale}, {get_buffer("points")!.shape[0]} points");

    /// <inheritdoc/>
    protected override void _toEpilog(torch.ScalarType? dtype, torch.Device? device, bool non_blocking)
    {
        base._toEpilog(dtype, device, non_blocking);
        this.MakeExact("points", _points);
    }

    PartDescription IDescribedPart.Describe() => new PartDescription(PartName).With("archetypes", Simplex.Count)
        .With("concentration", _options.Concentration).With("noise_scale", _options.NoiseScale).With("points", _options.Points);

    internal static DirichletPrior From(PartOptions options)
    {
        var (archetypes, points) = (options.Count("archetypes"), options.Count("points"));
        options.RequireWeights(points, archetypes - 1);
        return new(archetypes, new()
        {
            Concentration = options.Number("concentration"),
            NoiseScale = options.Number("noise_scale"),
            Points = points,
        });
    }

    private (torch.Tensor Points, torch.Tensor LogVariances, torch.Tensor LogWeights) Mixture()
    {
        var points = Points;
        var logWeight = -Math.Log(points.shape[0]);
        return (points, torch.full_like(points, LogVariance),
            torch.full([points.shape[0]], logWeight, dtype: points.dtype, device: points.device));
    }
}
