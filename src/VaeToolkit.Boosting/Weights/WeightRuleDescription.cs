using VaeToolkit.Storage;

namespace VaeToolkit.Boosting;

/// <summary>Rules of weights as model folders have them.</summary>
internal static class WeightRuleDescription
{
    internal static PartDescription Of(WeightRule rule) => rule switch
    {
        EqualWeights => new("equal"),
        ExpectationMaximisationWeights => new("expectation-maximisation"),
        MirrorDescentWeights => new("mirror-descent"),
        BisectionWeight => new("bisection"),
        ChiSquareWeight => new("chi-square"),
        FrankWolfeWeight => new("frank-wolfe"),
        GradientWeight => new("gradient"),
        FixedWeight given => new PartDescription("fixed").With("alpha", given.Alpha),
        _ => throw new NotSupportedException($"{rule} is no rule that a file can hold"),
    };

    internal static WeightRule Read(PartOptions options) => options.PartName switch
    {
        "equal" => new EqualWeights(),
        "expectation-maximisation" => new ExpectationMaximisationWeights(),
        "mirror-descent" => new MirrorDescentWeights(),
        "bisection" => new BisectionWeight(),
        "chi-square" => new ChiSquareWeight(),
        "frank-wolfe" => new FrankWolfeWeight(),
        "gradient" => new GradientWeight(),
        "fixed" => new FixedWeight(options.Number("alpha")),
        _ => throw new ArgumentException($"there is no rule of weights '{options.PartName}'"),
    };
}
