using System.Text.Json.Serialization;

namespace VaeToolkit.DeepSurvival;

/// <summary>The JSON of a model's description, by generated code: nothing is looked up by reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(SavaeDescription))]
internal sealed partial class SavaeJson : JsonSerializerContext;
