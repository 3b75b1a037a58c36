using System.Globalization;

namespace VaeToolkit.Survival.Tests;

/// <summary>The data sets that the published figures are of.</summary>
internal sealed record Table(SurvivalTimes Patients, double[,] Covariates)
{
    /// <summary>Some columns of a file under <c>VAETOOLKIT_DATA</c>, without the rows in which one of them is missing.</summary>
    public static Table Read(string name, params string[] columns)
    {
        var lines = File.ReadAllLines(Path.Combine(Environment.GetEnvironmentVariable("VAETOOLKIT_DATA")!, "tabular", name + ".csv"));
        var header = lines[0].Split(',');
        string[] wanted = ["time", "event", .. columns];
        var indices = wanted.Select(column => Array.IndexOf(header, column)).ToArray();
        return Of(lines.Skip(1).Select(line => line.Split(',')).Where(fields => indices.All(index => fields[index] != ""))
            .Select(fields => indices.Select(index => double.Parse(fields[index], CultureInfo.InvariantCulture)).ToArray()));
    }

    /// <summary>Rows of time, event and covariates.</summary>
    public static Table Of(IEnumerable<double[]> rows)
    {
        var all = rows.ToArray();
        var covariates = new double[all.Length, all[0].Length - 2];
        for (var row = 0; row < all.Length; row++)
            for (var column = 2; column < all[row].Length; column++)
                covariates[row, column - 2] = all[row][column];
        return new(SurvivalTimes.FromIndicators([.. all.Select(row => row[0])], [.. all.Select(row => row[1])]), covariates);
    }

    /// <summary>The covariates of some rows.</summary>
    public double[,] Rows(IReadOnlyList<int> rows)
    {
        var some = new double[rows.Count, Covariates.GetLength(1)];
        for (var row = 0; row < rows.Count; row++)
            for (var column = 0; column < some.GetLength(1); column++)
                some[row, column] = Covariates[rows[row], column];
        return some;
    }

    /// <summary>One covariate.</summary>
    public double[] Column(int column) => [.. Enumerable.Range(0, Patients.Count).Select(row => Covariates[row, column])];
}
