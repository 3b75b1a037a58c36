using System.Text.Json.Serialization;

namespace VaeToolkit.Studies;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(StudyRecord))]
internal sealed partial class StudyJson : JsonSerializerContext;
