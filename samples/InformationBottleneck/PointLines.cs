using VaeToolkit.SemiSupervised;

namespace VaeToolkit.Samples;

/// <summary>Prints every point of a curve when it is measured.</summary>
internal sealed class PointLines : IProgress<InformationCurvePoint>
{
    public void Report(InformationCurvePoint value) => Console.WriteLine(value);
}
