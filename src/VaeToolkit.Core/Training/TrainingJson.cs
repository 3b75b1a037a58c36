using System.Text.Json;
using System.Text.Json.Serialization;

namespace VaeToolkit.Training;

/// <summary>The JSON of a run's folder, by generated code: nothing is looked up by reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(EpochSummary))]
[JsonSerializable(typeof(CheckpointState))]
[JsonSerializable(typeof(RunEnvironment))]
[JsonSerializable(typeof(TrainingOptions))]
internal sealed partial class TrainingJson : JsonSerializerContext
{
    /// <summary>The same, indented, for files that people read.</summary>
    public static TrainingJson Indented => s_indented ??= new(new JsonSerializerOptions(Default.Options) { WriteIndented = true });

    // Made at first use: the order in which this and the generated half's fields are initialised is not defined.
    private static TrainingJson? s_indented;
}
