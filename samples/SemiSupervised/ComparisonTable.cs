namespace VaeToolkit.Samples;

/// <summary>Comparisons of several seeds, and the lines that sum them up.</summary>
internal sealed class ComparisonTable
{
    private readonly List<double> _supervised = [];
    private readonly List<double> _semiSupervised = [];

    public void Add(Comparison comparison)
    {
        _supervised.Add(100 * comparison.Supervised.Accuracy);
        _semiSupervised.Add(100 * comparison.SemiSupervised.Accuracy);
    }

    /// <param name="prefix">What the names of the figures begin with.</param>
    public void Print(string prefix = "")
    {
        SampleResult.Print($"{prefix}supervised_accuracy", _supervised, "%");
        SampleResult.Print($"{prefix}m2_accuracy", _semiSupervised, "%");
        SampleResult.Print($"{prefix}gain", _semiSupervised.Zip(_supervised, (a, b) => a - b), "points");
    }
}
