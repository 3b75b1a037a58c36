using System.Diagnostics;
using System.Globalization;
using VaeToolkit.Studies;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Samples;

/// <summary>Source networks, the priors learned from them, and the comparison on the target.</summary>
internal sealed class Story(Settings settings, int worker) : IDisposable
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private SnapshotSet? _source;
    private SourcePriors? _priors;
    private SourcePriors? _noise;
    private Comparison? _comparison;
    private IReadOnlyList<Subject> _test = [];

    /// <summary>Trains the source networks, or reads those that are there, and learns the priors.</summary>
    public void LearnSource()
    {
        var volumes = settings.Source is { } folder
            ? Subject.Folder(folder, settings.SourceVolumes, settings.Seed, settings.Size)
            : Subject.Phantoms(settings.SourceVolumes, 10_000L * settings.Seed, settings.Size, BrainLesion.MultipleSclerosis);
        TellWarnings(volumes);
        using var data = SegmentationData.Of([.. volumes.Select(subject => subject.Prepared)]);
        var options = new SourceTrainingOptions
        {
            Networks = settings.SourceNetworks,
            Training = new()
            {
                Steps = settings.SourceSteps,
                Cycles = settings.SourceCycles,
                Seed = settings.Seed,
                Augmentation = Subject.Symmetry.FlipAndIntensity,
            },
        };
        _source = SourceTraining.Run(settings.Network with { ForegroundRate = data.ForegroundRate }, data, options, settings.SourceFolder);
        if (worker == 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"source: {_source.Snapshots.Count} snapshots of {settings.SourceNetworks} networks on {data.Count} volumes; "
                + $"out-of-bag Dice of the best {_source.Best.OutOfBagDice:F3} ({_clock.Elapsed.TotalSeconds:F0} s)"));
        if (!settings.NeedsPriors)
            return;
        var vae = new KernelVaeOptions { Steps = settings.VaeSteps, Seed = settings.Seed };
        _priors = SourcePriors.Learn(_source, new() { Vae = vae, HeldOutNetworks = worker == 0 && settings.SourceNetworks > 1 ? 1 : 0 });
        if (settings.Methods.Contains(TargetMethod.RandomKernelPrior))
            _noise = _priors.LearnFromNoise(vae);
    }

    public void DescribePriors()
    {
        if (_priors is null)
            return;
        foreach (var (group, prior) in _priors.Groups)
        {
            Console.WriteLine($"prior {group}: {prior.Kernels} kernels, {prior.FractionKept:P0} kept; held out: {prior.Report}");
            foreach (var warning in prior.Report?.Warnings() ?? [])
                Console.WriteLine($"prior {group}: {warning}");
        }
        Pictures.SaveKernels(Path.Combine(settings.Output, "kernels.png"), _source!, _priors);
        Console.WriteLine($"{Path.Combine(settings.Output, "kernels.png")}: for each group a row of kernels, of their "
            + $"reconstructions and of samples, ({_clock.Elapsed.TotalSeconds:F0} s)");
    }

    /// <summary>Reads or draws the target, and keeps the last patients for testing.</summary>
    public void OpenTarget()
    {
        var count = settings.Pool + settings.TestVolumes;
        var subjects = settings.Target is { } folder
            ? Subject.Folder(folder, count, settings.Seed, settings.Size)
            : Subject.Phantoms(count, 10_000L * settings.Seed + 5_000, settings.Size, BrainLesion.Tumour);
        TellWarnings(subjects);
        _test = [.. subjects.Skip(settings.Pool)];
        _comparison = new(settings, new TargetTraining(_source?.Options ?? settings.Network, _source, _priors, _noise),
            [.. subjects.Take(settings.Pool)], _test);
    }

    /// <summary>Every method on every subset; a share of them is this process's.</summary>
    public Study<Entry> Compare() => new(
        settings.Output, Entry.Plan(settings), [.. Enumerable.Range(0, settings.Subsets).Select(subset => (long)subset)], run =>
        {
            var (method, size) = (run.Setting.Method, run.Setting.Size);
            var cells = _comparison!.Run(method, size, (int)run.Seed);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Cell.ShortName(method),-10} n = {size,2}, "
                + $"subset {run.Seed}: Dice {cells.Average(cell => cell.Dice):F3} ({_clock.Elapsed.TotalSeconds:F0} s)"));
            return Entry.Figures(cells);
        });

    /// <summary>Slices of what the methods learned from the first subset predict.</summary>
    public void SavePictures(IEnumerable<TargetMethod> methods)
    {
        IReadOnlyList<TargetMethod> kept = [.. methods.Where(method => Pictures.HasKept(settings.Output, method))];
        if (kept.Count == 0)
            return;
        var path = Path.Combine(settings.Output, "slices.png");
        Pictures.SaveSlices(path, _test, settings.Output, kept);
        Console.WriteLine(
            $"{path}: image, truth, then prediction and entropy of {string.Join(", ", kept.Select(Cell.ShortName))}");
    }

    // Such as labels that --size cuts away.
    private void TellWarnings(IReadOnlyList<Subject> subjects)
    {
        foreach (var warning in subjects.Select(subject => subject.Prepared.Warning).OfType<string>())
        {
            if (worker == 0)
                Console.WriteLine(warning);
        }
    }

    public void Dispose()
    {
        _comparison?.Dispose();
        _priors?.Dispose();
        _noise?.Dispose();
    }
}
