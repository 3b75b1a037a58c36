using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TorchSharp;
using VaeToolkit.Storage;

namespace VaeToolkit.Contract.Tests.Modules;

/// <summary>What every module promises of descriptions that somebody has tampered with.</summary>
public sealed partial class HostileFolderTests : IDisposable
{
    private const long Huge = 50_000_000;

    // Numbers that no weight depends on; of two levels, the blocks of the last are another option.
    private static readonly string[] s_weightless =
        [".log_variance[0]", ".log_variance[1]", ".scale_limit", ".floor", ".stride", ".blocks_per_level", ".input_shape[0]",
            ".maximum", ".design_means[0]", ".concentration", ".likelihood.variance"];

    private readonly TemporaryFolder _folder = new();

    /// <summary>Deletes the folders.</summary>
    public void Dispose() => _folder.Dispose();

    /// <summary>Entries of which each has a part that those before it have not.</summary>
    public static TheoryData<string> Parts { get; } = [.. WithNewParts()];

    [Theory]
    [MemberData(nameof(Parts))]
    public void Sizes_that_the_file_has_no_weights_for_are_refused_before_they_take_memory(string name)
    {
        // A part that has been made is found out by its fingerprint.
        var made = Refusals(name, IsWholeNumber, node => node.ReplaceWith(Huge)).ToList()
            .Where(pair => pair.Refusal?.Message.Contains("fingerprint", StringComparison.Ordinal) == true).Select(pair => pair.Path);
        var takesNone = !ModuleTable.Find(name).HasParameters || name.StartsWith(nameof(ObservationModel), StringComparison.Ordinal);
        made.Where(path => !takesNone && !s_weightless.Any(path.EndsWith)).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void An_option_that_is_missing_or_of_another_type_is_refused(string name)
    {
        // A column without levels and a treatment without intensities are described without them.
        Refusals(name, node => node.Parent is JsonObject && node.GetPropertyName() is not "levels" and not "intensities",
            node => node.Parent!.AsObject().Remove(node.GetPropertyName())).Where(pair => pair.Refusal is null).Should().BeEmpty();
        Refusals(name, node => node.Parent is JsonArray, node => node.ReplaceWith(new JsonObject()))
            .Where(pair => pair.Refusal is null).Should().BeEmpty();
    }

    private IEnumerable<(string Path, ModelFolderException? Refusal)> Refusals(
        string name, Func<JsonNode, bool> where, Action<JsonNode> change)
    {
        torch.manual_seed(1);
        using (var module = ModuleTable.Find(name).Make())
            ModelFolder.Save(module, _folder["model"]);
        var file = Path.Combine(_folder["model"], ModelFolder.DescriptionFile);
        var sound = File.ReadAllText(file);
        var places = Places(JsonNode.Parse(sound)!["model"]!).Where(where).Select(node => node.GetPath()).ToList();
        foreach (var path in places)
        {
            var json = JsonNode.Parse(sound)!;
            var node = Places(json["model"]!).Single(node => node.GetPath() == path);
            change(node);
            File.WriteAllText(file, json.ToJsonString());
            yield return (path, Refusal());
        }
    }

    private ModelFolderException? Refusal()
    {
        try
        {
            ModelFolder.Load<torch.nn.Module>(_folder["model"]).Dispose();
            return null;
        }
        catch (ModelFolderException e)
        {
            return e;
        }
    }

    // JSON's null is no node, so it is left alone.
    private static IEnumerable<JsonNode> Places(JsonNode node)
    {
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject part => part.Select(property => property.Value),
            JsonArray list => list,
            _ => [],
        };
        return children.OfType<JsonNode>().SelectMany(child => Places(child).Prepend(child));
    }

    private static bool IsWholeNumber(JsonNode node) => node is JsonValue value && value.TryGetValue<long>(out _);

    private static IEnumerable<string> WithNewParts()
    {
        var seen = new HashSet<string>();
        foreach (var entry in ModuleTable.Entries)
        {
            using var module = entry.Make();
            var parts = PartName().Matches(PartDescription.Of(module).ToString()).Select(match => match.Value).ToList();
            if (parts.Except(seen).Any())
                yield return entry.Name;
            seen.UnionWith(parts);
        }
    }

    [GeneratedRegex("\"part\":\"[a-z0-9-]+\"")]
    private static partial Regex PartName();
}
