using System.Globalization;
using TorchSharp;
using VaeToolkit.Boosting;

namespace VaeToolkit.Samples;

/// <summary>Boosts one toy target: a line of numbers and a picture for every component.</summary>
internal sealed class ToyExperiment(ToyTarget target, string output) : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly ContourPlots _pictures = new(target.Extent);
    private readonly List<GridComparison> _comparisons = [];

    /// <summary>Where the pictures are.</summary>
    public string Picture { get; } = Path.Combine(output, target.Name + ".png");

    /// <summary>KL(q ‖ p) after each component, in nats, and the weights of the components at the end.</summary>
    public (IReadOnlyList<double> Divergences, IReadOnlyList<double> Weights) Run(MpviOptions options)
    {
        _pictures.Add(target.LogDensity(_pictures.Points()));
        using var result = Mpvi.Fit(target, options, mixture =>
        {
            _comparisons.Add(GridComparison.Of(target, mixture));
            _pictures.Add(mixture.LogDensity(_pictures.Points().to(mixture.Components.Means.dtype)));
        });
        foreach (var report in result.Reports)
            Console.WriteLine($"  {report}{(report.Accepted ? Figures(_comparisons[report.Component - 1]) : "")}");
        Directory.CreateDirectory(output);
        _pictures.Save(Picture);
        return ([.. _comparisons.Select(comparison => comparison.ReverseDivergence)], [.. result.Mixture.Weights]);
    }

    public void Dispose() => _scope.Dispose();

    private string Figures(GridComparison comparison) => string.Create(CultureInfo.InvariantCulture,
        $"; KL(q, p) {comparison.ReverseDivergence:F4}, KL(p, q) {comparison.ForwardDivergence:F4}, total variation "
        + $"{comparison.TotalVariation:F3}")
        + (target.Modes.Count > 0 ? $", {comparison.ModesFound} of {target.Modes.Count} modes" : "");
}
