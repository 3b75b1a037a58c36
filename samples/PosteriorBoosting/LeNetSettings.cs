using VaeToolkit.Boosting;

namespace VaeToolkit.Samples;

/// <summary>What <c>--lenet</c> does.</summary>
/// <param name="Methods">The methods, by their names in the results.</param>
/// <param name="Pairs">Pairs of digits to learn, one after the other.</param>
/// <param name="ImagesPerClass">The first images of every class that are trained on; 0 for all.</param>
/// <param name="TestImagesPerClass">The first images of every class that are tested on; 0 for all.</param>
/// <param name="Options">How each task is learned.</param>
/// <param name="Output">The picture's folder.</param>
internal sealed record LeNetSettings(
    IReadOnlyList<string> Methods, int Pairs, int ImagesPerClass, int TestImagesPerClass, IncrementalOptions Options, string Output)
{
    public static LeNetSettings Of(SampleArguments arguments, int seed, string output)
    {
        var quick = arguments.Has("--short");
        var standard = new IncrementalOptions();
        var options = standard with
        {
            Passes = arguments.Number("--passes", quick ? 2 : standard.Passes),
            PredictionSamples = arguments.Number("--samples", quick ? 3 : standard.PredictionSamples),
            Seed = seed,
        };
        return new(
            arguments.Text("--methods", string.Join(',', LeNetStudy.Methods.Keys)).Split(','), arguments.Number("--pairs", quick ? 2 : 5),
            arguments.Number("--images", quick ? 300 : 2000, least: 0),
            arguments.Number("--test-images", quick ? 100 : 0, least: 0), options, output);
    }
}
