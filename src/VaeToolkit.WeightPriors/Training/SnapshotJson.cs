using System.Text.Json;
using System.Text.Json.Serialization;

namespace VaeToolkit.WeightPriors.Training;

/// <summary>The JSON of a snapshot set, by generated code: nothing is looked up by reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(SnapshotManifest))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
