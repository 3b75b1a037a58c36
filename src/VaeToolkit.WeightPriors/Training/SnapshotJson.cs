using System.Text.Json;
using System.Text.Json.Serialization;
using VaeToolkit.Volumes;

namespace VaeToolkit.WeightPriors;

/// <summary>The JSON of a snapshot set, by generated code: nothing is looked up by reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(SnapshotManifest))]
[JsonSerializable(typeof(AugmentationOptions))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
