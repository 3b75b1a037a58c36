using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.DeepSurvival;
using VaeToolkit.SemiSupervised;

namespace VaeToolkit.Benchmarks;

/// <summary>A file of a model, and what TorchSharp computes in its place.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Output">The output that is compared.</param>
/// <param name="Answer">The same of the inputs by name.</param>
/// <param name="Draws">Whether TorchSharp draws random numbers of its own, which no difference can be told of.</param>
internal sealed record OnnxNetwork(
    string Name, string Output, Func<IReadOnlyDictionary<string, torch.Tensor>, torch.Tensor> Answer, bool Draws = false)
{
    private const string Mean = "mean";

    /// <summary>The files of a model of any family.</summary>
    public static IReadOnlyList<OnnxNetwork> Of(torch.nn.Module model) => model switch
    {
        Vae vae => [Encoder(x => vae.Encode(x)), Decoder(z => vae.Decode(z)), Sampler(vae.Prior, z => vae.Decode(z))],
        DeepArchetypes archetypes =>
        [
            .. Of(archetypes.Vae),
            new("side", Mean, inputs => archetypes.DecodeSide(inputs["z"]).Mean),
        ],
        InformationBottleneck bottleneck =>
        [
            Encoder(x => bottleneck.Encoder.forward(x)), Decoder(z => bottleneck.Decoder.forward(z)),
            Sampler(bottleneck.Prior, z => bottleneck.Decoder.forward(z)),
        ],
        M2Model m2 => [new("classifier", "logits", inputs => m2.Classifier.call(inputs["x"])), .. Of(m2.Generative)],
        ConditionalVae vae =>
        [
            new("encoder", Mean, inputs => vae.Encode(inputs["x"], inputs["y"]).Mean),
            new("decoder", Mean, inputs => vae.Decode(inputs["z"], inputs["y"]).Mean),
            new("sampler", Mean, inputs => vae.Sample(inputs["y"]), Draws: true),
        ],
        Savae savae =>
        [
            Encoder(x => savae.Encode(x)), Decoder(z => savae.Decode(z)), Sampler(savae.Prior, z => savae.Decode(z)),
            new("survival", "log_scale", inputs => savae.TimesUnder(1, inputs["z"]).LogScale),
        ],
        _ => throw new ArgumentException($"no files of a {model.GetType().Name}", nameof(model)),
    };

    private static OnnxNetwork Encoder(Func<torch.Tensor, Posterior> encode) => new("encoder", Mean, inputs => encode(inputs["x"]).Mean);

    private static OnnxNetwork Decoder(Func<torch.Tensor, Likelihood> decode) => new("decoder", Mean, inputs => decode(inputs["z"]).Mean);

    private static OnnxNetwork Sampler(Prior prior, Func<torch.Tensor, Likelihood> decode)
        => new("sampler", Mean, inputs => decode(prior.Sample(inputs["noise"].shape[0])).Mean, Draws: true);
}
