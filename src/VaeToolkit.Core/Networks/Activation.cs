namespace VaeToolkit.Networks;

/// <summary>The non-linearity between the layers of the library's own encoders and decoders.</summary>
public enum Activation
{
    /// <summary>max(x, 0.01 x).</summary>
    LeakyReLU,

    /// <summary>max(x, 0).</summary>
    ReLU,

    /// <summary>x sigmoid(x).</summary>
    SiLU,

    /// <summary>tanh(x).</summary>
    Tanh,

    /// <summary>log(1 + eˣ).</summary>
    Softplus,

    /// <summary>x where x is above 0, else eˣ − 1.</summary>
    Elu,
}
