using System.Globalization;
using TorchSharp;
using VaeToolkit.Molecules;
using VaeToolkit.Reports;
using VaeToolkit.Storage;

namespace VaeToolkit.Samples;

/// <summary>
/// The search for molecules of a high 5 QED − SAS: a Gaussian process over latent vectors, gradient ascent inside the data's region from
/// the best tenth, and beside it as many points drawn at random. RDKit alone computes QED and SAS of a new string; here the property
/// network says them of the string's own encoding, which is not what the search has climbed.
/// </summary>
internal sealed class Discovery(Study study)
{
    private const double LeastLikeliness = 0.95;

    // Steps between two looks at the strings.
    private static readonly int[] s_stages = [1, 1, 2, 4, 8];

    private readonly MoleculeVae _model = study.Model;
    private readonly HashSet<string> _known = [.. study.Training.Smiles];

    public ReportSection Run()
    {
        using var scope = torch.NewDisposeScope();
        var (targets, latents) = (Objective(study.Training), _model.Encode(study.Training.Smiles));
        var chosen = Enumerable.Range(0, Math.Min(study.Settings.SurrogateMolecules, study.Training.Count)).ToArray();
        var index = torch.tensor([.. chosen.Select(row => (long)row)]);
        using var surrogate = GaussianProcess.Fit(
            latents.index_select(0, index), torch.tensor([.. chosen.Select(row => targets[row])]), new() { Steps = 60 });
        PrintSurrogate(surrogate);

        var region = LatentRegion.OfData(latents, LeastLikeliness);
        var best = Enumerable.Range(0, targets.Length).OrderByDescending(row => targets[row]).Take(Math.Max(4, targets.Length / 10));
        var starts = latents.index_select(0, torch.tensor([.. best.Select(row => (long)row)]));
        var incumbent = chosen.Max(row => targets[row]);
        var found = Climb(surrogate.PredictMean, starts, region).Concat(
            Climb(z => surrogate.ExpectedImprovement(z, incumbent), starts, region))
            .DistinctBy(candidate => candidate.Smiles).OrderByDescending(candidate => candidate.Objective).ToArray();
        var decoded = 2 * s_stages.Length * (int)starts.shape[0];
        var random = LatentSearch.Random(
            surrogate.PredictMean, decoded, LatentRegion.OfPrior((int)_model.LatentSize), study.Settings.Seed);
        var drawn = Candidates(random.Points);
        SampleResult.Print("best_objective_of_data", targets.Max(), "", "F3");
        SampleResult.Print("best_objective_of_data_as_said", Said([.. best.Select(row => study.Training.Smiles[row])]).Max(), "", "F3");
        Print("search", found, decoded);
        Print("random", drawn, decoded);
        PrintNearest(latents, targets, found);
        Write(found);
        return new("Molecules found", new ReportTable(
            "Valid strings that are not in the data, by what the property network says of them", ["string", "5 QED − SAS"],
            [.. found.Take(15).Select(candidate => (string[])[candidate.Smiles, Text(candidate.Objective)])]));
    }

    // The surrogate on molecules that were held back, over the mean predictor.
    private void PrintSurrogate(GaussianProcess surrogate)
    {
        using var scope = torch.NewDisposeScope();
        var truth = Objective(study.Held);
        var said = surrogate.PredictMean(_model.Encode(study.Held.Smiles)).data<double>().ToArray();
        var mean = Objective(study.Training).Average();
        SampleResult.Print(
            "surrogate_mae_ratio", truth.Zip(said, (y, f) => Math.Abs(y - f)).Sum() / truth.Sum(y => Math.Abs(y - mean)), "", "F3");
    }

    // Up in stages, from each of which strings are taken: the tops are few, and far from any molecule.
    private List<(string Smiles, double Objective)> Climb(Func<torch.Tensor, torch.Tensor> value, torch.Tensor starts, LatentRegion region)
    {
        var found = new List<(string, double)>();
        foreach (var steps in s_stages)
        {
            starts = LatentSearch.Ascend(value, starts, region, new() { Steps = steps, FirstStep = 0.5 }).Points;
            found.AddRange(Candidates(starts));
        }
        return found;
    }

    // The string of every point that is a molecule and not in the data, the best first.
    private (string Smiles, double Objective)[] Candidates(torch.Tensor points)
    {
        using var scope = torch.NewDisposeScope();
        var strings = _model.Strings(points).Where(SmilesChecker.IsValid).Where(text => !_known.Contains(text))
            .Distinct().ToArray();
        if (strings.Length == 0)
            return [];
        return [.. strings.Zip(Said(strings)).OrderByDescending(candidate => candidate.Second)];
    }

    // What the property network says of strings by their own encodings.
    private double[] Said(string[] strings)
    {
        using var mode = EvaluationMode.Enter(_model);
        using var scope = torch.NewDisposeScope();
        var said = _model.Predict(_model.Encode(strings)).to(torch.float64);
        return (said.select(1, Place("qed")) * 5 - said.select(1, Place("sas"))).contiguous().data<double>().ToArray();
    }

    private static void Print(string name, (string Smiles, double Objective)[] candidates, long points)
    {
        var objectives = candidates.Select(candidate => candidate.Objective).DefaultIfEmpty(double.NaN).ToArray();
        SampleResult.Print(
            $"{name}_new_molecules", candidates.Length, string.Create(CultureInfo.InvariantCulture, $"of {points} points"), "F0");
        SampleResult.Print($"best_objective_{name}", objectives.Max(), "", "F3");
        SampleResult.Print($"mean_objective_{name}", objectives.Average(), "", "F3");
    }

    // What a look into the data instead of a search gives: the true objective of the known molecule nearest to the best one found.
    private void PrintNearest(torch.Tensor latents, double[] targets, (string Smiles, double Objective)[] found)
    {
        if (found.Length == 0)
            return;
        using var scope = torch.NewDisposeScope();
        using var neighbours = new NearestNeighbours(latents, targets);
        var place = neighbours.Find(_model.Encode([found.MaxBy(candidate => candidate.Objective).Smiles]))[0][0];
        SampleResult.Print("objective_of_nearest_known", targets[place], "", "F3");
    }

    private void Write((string Smiles, double Objective)[] found)
    {
        var path = Path.Combine(study.Settings.Output, "found.csv");
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            writer.WriteLine("smiles,said_objective");
            foreach (var (smiles, objective) in found)
                writer.WriteLine($"{smiles},{Text(objective)}");
        });
    }

    private static double[] Objective(MoleculeTable table)
        => [.. table.Property("qed").Zip(table.Property("sas"), (qed, sas) => (5 * qed) - sas)];

    private int Place(string property) => _model.Scaling!.Names.ToList().IndexOf(property);

    private static string Text(double value) => value.ToString("F4", CultureInfo.InvariantCulture);
}
