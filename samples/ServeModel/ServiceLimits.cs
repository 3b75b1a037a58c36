namespace VaeToolkit.Samples;

/// <summary>What one client may ask of the service, so that no request costs much more than another.</summary>
internal sealed record ServiceLimits
{
    /// <summary>Items, codes or samples a request.</summary>
    public int Items { get; init; } = 64;

    /// <summary>The largest body: so many items of 784 numbers with ten characters each, and some room.</summary>
    public long BodyBytes { get; init; } = 1 << 20;

    /// <summary>The longest that a request may take, its body and its place in the queue included.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests that use the model at once. Each keeps one processor busy, so more would wait for each other.</summary>
    public int Concurrency { get; init; } = Environment.ProcessorCount;

    /// <summary>Requests that may wait for the model.</summary>
    public int Queue { get; init; } = 256;

    /// <summary>The largest latent value, either way; decoders were never asked further out.</summary>
    public float LatentValue { get; init; } = 100;
}
