using TorchSharp;

namespace VaeToolkit;

/// <summary>
/// How far μ is from the edges between the 256 bins of grey levels, in units of s. Edge i, from 1 to 255, is that below level i, at
/// (i − ½) / 255. However near to an edge μ is and however small s, the distance has all the digits that μ has.
/// </summary>
internal sealed class BinEdges
{
    // 255 (μ − e) / 256 is μ − μ / 256 − (i − ½) / 256, of which all three are numbers of the type.
    private const double Parts = GreyLevels.Count;

    private readonly torch.Tensor _nearest;
    private readonly torch.Tensor _fromNearest;
    private readonly torch.Tensor _precision;

    /// <summary>From μ and 1 / s.</summary>
    internal BinEdges(torch.Tensor location, torch.Tensor precision)
    {
        var fixedLocation = location.detach();
        _nearest = (fixedLocation * GreyLevels.Highest + 0.5).round().clamp(1, GreyLevels.Highest) / Parts;
        var edge = _nearest - 0.5 / Parts;
        var difference = location - edge;
        // Where μ is at the edge, the first difference is μ / 256 but for what its rounding has taken.
        var fromNearest = difference - location / Parts + Lost(fixedLocation, edge, difference.detach());
        // Of an infinite μ nothing is left by differences. It is as far from every edge, in units of any s.
        var isInfinite = fixedLocation.isinf();
        _fromNearest = torch.where(isInfinite, fixedLocation, fromNearest);
        _precision = (precision * (Parts / GreyLevels.Highest)).masked_fill(isInfinite, 1);
    }

    /// <summary>(μ − e) / s for an edge of every value, whole numbers of μ's type.</summary>
    internal torch.Tensor Past(torch.Tensor edges) => (_nearest - edges / Parts + _fromNearest) * _precision;

    /// <summary>The same of one edge for all.</summary>
    internal torch.Tensor Past(int edge) => (_nearest - edge / Parts + _fromNearest) * _precision;

    // What rounding has taken from a − b (Knuth's two-sum).
    private static torch.Tensor Lost(torch.Tensor a, torch.Tensor b, torch.Tensor difference)
    {
        var taken = a - difference;
        return a - (difference + taken) + (taken - b);
    }
}
