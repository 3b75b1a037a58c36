using System.Collections.ObjectModel;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Training;

/// <summary>What ranks have to have in common before they train one model together, by name and in words.</summary>
internal static class RankManifest
{
    // Of larger data some items tell one from another: reading all of it may take hours.
    private const long MostRead = 1L << 28;

    /// <summary>The libraries and models that this rank has, the first being the one that is trained, and facts.</summary>
    internal static OrderedDictionary<string, string> Of(
        IReadOnlyList<torch.nn.Module> models, IReadOnlyDictionary<string, string>? facts = null)
    {
        var manifest = new OrderedDictionary<string, string>
        {
            ["library version"] = RunEnvironment.VersionOf(typeof(RankManifest)),
            ["TorchSharp version"] = RunEnvironment.VersionOf(typeof(torch)),
        };
        for (var i = 0; i < models.Count; i++)
        {
            var name = i == 0 ? "model" : FormattableString.Invariant($"part {i} beside the model");
            manifest[name] = models[i].GetType().Name;
            manifest[$"{name}'s description"]
                = DescriptionJson.WriteKnown(models[i]) is { } known ? DescriptionJson.Fingerprint(known) : "none";
            manifest[$"how {(i == 0 ? "the model" : name)} is used"] = RunSettings.InWords(DescriptionJson.Usage(models[i]));
            manifest[$"{name}'s parameters and buffers"] = Weights(models[i]);
            // Generators of other devices draw other numbers, also those that all ranks have in common.
            manifest[i == 0 ? "kind of device" : $"{name}'s kind of device"] = NoiseSource.DeviceOf(models[i]).type.ToString();
        }
        foreach (var (name, value) in facts ?? ReadOnlyDictionary<string, string>.Empty)
            manifest[manifest.ContainsKey(name) ? $"{name} as a fact" : name] = value;
        return manifest;
    }

    /// <summary>What decides which calls a rank makes to the others before their whole trainings are compared, read in no time.</summary>
    internal static OrderedDictionary<string, string> Of(torch.nn.Module model, TrainingOptions options)
        => Of([model], new OrderedDictionary<string, string> { [nameof(options.PreFlight)] = OptionText.Of(options.PreFlight) });

    /// <summary>What this rank has for a training.</summary>
    internal static IReadOnlyDictionary<string, string> Of<TModel>(
        TModel model, Objective<TModel> objective, DataSource train, DataSource? validation, TrainingOptions options,
        IReadOnlyDictionary<string, string> settings, string schedule)
        where TModel : torch.nn.Module
    {
        var manifest = Of(model, options);
        manifest["objective"] = objective.GetType().Name;
        manifest[nameof(options.Seed)] = OptionText.Of(options.Seed);
        manifest[nameof(options.BatchSize)] = OptionText.Of(options.BatchSize);
        manifest[nameof(options.Epochs)] = OptionText.Of(options.Epochs);
        manifest[nameof(options.Patience)] = OptionText.Of(options.Patience);
        manifest[nameof(options.MinimumDelta)] = OptionText.Of(options.MinimumDelta);
        manifest[nameof(options.Resume)] = OptionText.Of(options.Resume);
        foreach (var (name, value) in settings)
            manifest[name] = value;
        manifest[nameof(options.LearningRateSchedule)] = schedule;
        foreach (var (name, value) in objective.SaveState())
            manifest[$"{objective.GetType().Name}'s {name}"] = OptionText.Of(value);
        // By names that settings have not: what a source says of itself decides batches that no look in order shows.
        manifest["training items"] = Data(train, model, options.Seed);
        manifest["validation items"] = validation is null ? "none" : Data(validation, model, options.Seed);
        return manifest;
    }

    /// <summary>What this rank has for an evaluation, every weight included.</summary>
    internal static IReadOnlyDictionary<string, string> Of(
        torch.nn.Module model, DataSource? data, IReadOnlyDictionary<string, string> options, long seed)
    {
        var manifest = Of([model], options);
        foreach (var (name, weight) in RankWeights.Of([model]))
            manifest[$"'{name}'"] = Abbreviated(RankWeights.Hash(weight));
        if (data is not null)
            manifest["data"] = Data(data, model, seed);
        return manifest;
    }

    /// <summary>Requires that all ranks have the same.</summary>
    /// <exception cref="ArgumentException">On all ranks: which differ from rank 0, and in what.</exception>
    internal static void Require(
        RankGroup group, Func<IReadOnlyDictionary<string, string>> manifest, string what = "the ranks do not train the same")
    {
        IReadOnlyDictionary<string, string> own = ReadOnlyDictionary<string, string>.Empty;
        RankGroup.Agree(group, () => own = manifest());
        var differences = DifferencesFromFirst(group, own);
        if (group.Texts(differences.Length == 0 ? null : differences) is not { } texts)
            return;
        throw RankGroup.OfAll(new ArgumentException($"{what}: "
            + string.Join(". ", texts.Select(text => FormattableString.Invariant($"Rank {text.Rank}: {text.Text}")))));
    }

    /// <summary>
    /// Requires that all ranks have the same of what decides their calls to each other, before they make them. Where they do not, the whole
    /// is looked at too, if it can be, so that everything that differs is said at once.
    /// </summary>
    /// <exception cref="ArgumentException">On all ranks: which differ from rank 0, and in what.</exception>
    internal static void RequireSameCalls(
        RankGroup group, Func<IReadOnlyDictionary<string, string>> calls, Func<IReadOnlyDictionary<string, string>> whole)
    {
        IReadOnlyDictionary<string, string> own = ReadOnlyDictionary<string, string>.Empty;
        RankGroup.Agree(group, () => own = calls());
        if (!group.Any(DifferencesFromFirst(group, own).Length > 0))
            return;
        IReadOnlyDictionary<string, string>? all = null;
        try
        {
            all = whole();
        }
        catch (Exception)
        {
            // Data that cannot be read, and the like, are found once the ranks make the same calls.
        }
        var compared = group.Any(all is null) ? own : all!;
        Require(group, () => compared);
    }

    private static string DifferencesFromFirst(RankGroup group, IReadOnlyDictionary<string, string> own)
    {
        var first = Read(group.Broadcast(group.IsFirst ? Write(own) : null));
        return string.Join("; ", first.Keys.Union(own.Keys)
            .Where(name => first.GetValueOrDefault(name) != own.GetValueOrDefault(name))
            .Select(name => $"{name} is {Text(own, name)}, on rank 0 {Text(first, name)}"));
    }

    private static string Text(IReadOnlyDictionary<string, string> manifest, string name) => manifest.GetValueOrDefault(name, "not known");

    private static string Weights(torch.nn.Module model)
    {
        var all = model.named_parameters().Select(weight => (weight.name, tensor: (torch.Tensor)weight.parameter))
            .Concat(model.named_buffers().Select(buffer => (buffer.name, tensor: buffer.buffer))).ToList();
        var text = string.Join(
            ", ", all.Select(weight => $"{weight.name} {Shape.Text(weight.tensor)} {weight.tensor.dtype} {weight.tensor.requires_grad}"));
        return FormattableString.Invariant($"{all.Count} of {all.Sum(weight => weight.tensor.numel())} values, ")
            + Abbreviated(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static string Data(DataSource data, torch.nn.Module model, long seed)
    {
        // Items may be drawn as they come.
        using var noise = NoiseSource.LendToRank(model, seed);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var each = Math.Max(1, Shape.Size(data.ItemShape));
        var size = data.ItemsAtATime;
        var read = Math.Min(data.Count, Math.Max(1, MostRead / each));
        // In an order drawn from the seed, some are spread over all.
        var batches = read == data.Count ? data.InOrder(size, seed)
            : data.Batches(size, seed, epoch: 0).Take((int)((read + size - 1) / size));
        foreach (var batch in batches)
        {
            using var scope = torch.NewDisposeScope();
            Append(hash, batch.Items);
            if (batch.Labels is { } labels)
                Append(hash, labels);
        }
        return FormattableString.Invariant($"{data.GetType().Name}, {data.Count} items {Shape.Text(data.ItemShape)}, ")
            + (read == data.Count ? "" : FormattableString.Invariant($"{read} of them looked at, ")) + Abbreviated(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, torch.Tensor tensor) => hash.AppendData(tensor.cpu().contiguous().bytes);

    private static string Abbreviated(byte[] hash) => "SHA-256 " + Convert.ToHexStringLower(hash)[..16];

    // Texts of names and values hold neither of the two separators.
    private static byte[] Write(IReadOnlyDictionary<string, string> manifest)
        => Encoding.UTF8.GetBytes(string.Join('\u001e', manifest.Select(entry => $"{entry.Key}\u001f{entry.Value}")));

    private static Dictionary<string, string> Read(byte[] bytes) => Encoding.UTF8.GetString(bytes).Split('\u001e')
        .Select(entry => entry.Split('\u001f', 2)).ToDictionary(entry => entry[0], entry => entry[1]);
}
