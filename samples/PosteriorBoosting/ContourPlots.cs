using ScottPlot;
using TorchSharp;
using VaeToolkit.Boosting;

namespace VaeToolkit.Samples;

/// <summary>Densities over a square side by side, with a line at every nat below the peak.</summary>
internal sealed class ContourPlots(double extent)
{
    private const int Side = 200;
    private const int Nats = 7;
    private readonly List<Plot> _plots = [];

    /// <summary>Where densities are asked for, row by row from the top, <c>[Side², 2]</c>.</summary>
    public torch.Tensor Points() => GridComparison.Points(extent, Side);

    /// <summary>Adds a picture at the right.</summary>
    /// <param name="logDensity">Log-densities at <see cref="Points"/>.</param>
    public void Add(torch.Tensor logDensity)
    {
        using var scope = torch.NewDisposeScope();
        var below = (logDensity - logDensity.max()).clamp_min(-Nats).to(torch.float64).cpu().data<double>().ToArray();
        var heights = new double[Side, Side];
        Buffer.BlockCopy(below, 0, heights, 0, Buffer.ByteLength(below));
        var plot = new Plot();
        var shades = plot.Add.Heatmap(heights);
        (shades.Colormap, shades.Extent) = (new ScottPlot.Colormaps.Blues().Reversed(), new(-extent, extent, -extent, extent));
        var lines = plot.Add.ContourLines(Places(heights));
        (lines.ContourLineLevels, lines.LabelStyle.IsVisible) = ([.. Enumerable.Range(1, Nats - 1).Select(nats => (double)-nats)], false);
        plot.Axes.SetLimits(-extent, extent, -extent, extent);
        plot.Layout.Frameless();
        _plots.Add(plot);
    }

    /// <summary>Writes them as a PNG.</summary>
    public void Save(string path)
    {
        var together = new Multiplot { Layout = new ScottPlot.MultiplotLayouts.Columns() };
        together.Reset(_plots[0]);
        _plots.Skip(1).ToList().ForEach(together.AddPlot);
        together.SavePng(path, Side * _plots.Count, Side);
    }

    // The first row of a heat map is drawn at the top.
    private Coordinates3d[,] Places(double[,] heights)
    {
        var places = new Coordinates3d[Side, Side];
        for (var row = 0; row < Side; row++)
        {
            for (var column = 0; column < Side; column++)
                places[row, column] = new(Middle(column), Middle(Side - 1 - row), heights[row, column]);
        }
        return places;

        double Middle(int cell) => extent * ((2 * cell + 1.0) / Side - 1);
    }
}
