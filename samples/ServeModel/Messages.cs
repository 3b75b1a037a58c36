namespace VaeToolkit.Samples;

/// <summary>Items <c>[N, D]</c>, flat.</summary>
internal sealed record ItemsRequest(float[][] Items);

/// <summary>Latent vectors <c>[N, Z]</c>.</summary>
internal sealed record CodesRequest(float[][] Codes);

/// <summary>Items <c>[N, D]</c>; the seed where they were drawn.</summary>
internal sealed record ItemsAnswer(float[][] Items, long? Seed = null);

/// <summary>q(z given x) of one item: mean and standard deviation of every latent unit.</summary>
internal sealed record PosteriorAnswer(float[] Mean, float[] Deviation);

/// <summary>The posteriors of a batch, in its order.</summary>
internal sealed record LatentAnswer(IReadOnlyList<PosteriorAnswer> Posteriors);

/// <summary>The score that a share of normal items has at most, with its interval; null where there are too few items for an end.</summary>
internal sealed record ThresholdAnswer(double Value, double? Lower, double? Upper, double Share);

/// <summary>How unusual every item is, in nats, and whether that is above the threshold.</summary>
internal sealed record ScoreAnswer(double[] Scores, bool[] Anomalies, ThresholdAnswer Threshold);

/// <summary>A latent unit and Var_x(E[z given x]), which is near 0 where the decoder ignores it.</summary>
internal sealed record UnitAnswer(int Index, double Activity, bool Active);

/// <summary>What a client has to know of the model: <see cref="Units"/> are in order, the most active first.</summary>
internal sealed record ModelAnswer(
    string Description, IReadOnlyList<long> ItemShape, bool Binary, IReadOnlyList<UnitAnswer> Units, ThresholdAnswer Threshold,
    int MostItems);

/// <summary>The service answers.</summary>
internal sealed record HealthAnswer(string Status);
