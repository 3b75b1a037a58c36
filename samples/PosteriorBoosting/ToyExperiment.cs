using System.Globalization;
using TorchSharp;
using VaeToolkit.Boosting;

namespace VaeToolkit.Samples;

/// <summary>Boosts one toy target: a line of numbers and a picture for every component.</summary>
internal sealed class ToyExperiment(ToyTarget target, string output) : IDisposable
{
    private const int Side = 200;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly List<torch.Tensor> _pictures = [];
    private readonly List<GridComparison> _comparisons = [];

    /// <summary>KL(q ‖ p) after each component, in nats.</summary>
    public IReadOnlyList<double> Run(MpviOptions options)
    {
        _pictures.Add(ContourPicture.Of(target.LogDensity(GridComparison.Points(target.Extent, Side)), Side));
        using var result = Mpvi.Fit(target, options, mixture =>
        {
            _comparisons.Add(GridComparison.Of(target, mixture));
            var points = GridComparison.Points(target.Extent, Side).to(mixture.Components.Means.dtype);
            _pictures.Add(ContourPicture.Of(mixture.LogDensity(points), Side));
        });
        foreach (var report in result.Reports)
            Console.WriteLine($"  {report}{(report.Accepted ? Figures(_comparisons[report.Component - 1]) : "")}");
        Directory.CreateDirectory(output);
        using var pictures = torch.cat(_pictures);
        ImageGrid.Save(Path.Combine(output, target.Name + ".png"), pictures, columns: _pictures.Count);
        return [.. _comparisons.Select(comparison => comparison.ReverseDivergence)];
    }

    public void Dispose() => _scope.Dispose();

    private string Figures(GridComparison comparison) => string.Create(CultureInfo.InvariantCulture,
        $"; KL(q, p) {comparison.ReverseDivergence:F4}, KL(p, q) {comparison.ForwardDivergence:F4}, total variation "
        + $"{comparison.TotalVariation:F3}")
        + (target.Modes.Count > 0 ? $", {comparison.ModesFound} of {target.Modes.Count} modes" : "");
}
