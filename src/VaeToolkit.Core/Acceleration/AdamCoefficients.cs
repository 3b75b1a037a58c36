namespace VaeToolkit;

/// <summary>The numbers of one Adam step of one parameter, with the bias corrections of its step count worked in.</summary>
internal readonly struct AdamCoefficients
{
    public AdamCoefficients(long step, double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    {
        (Beta1, Beta2, Epsilon, WeightDecay) = (beta1, beta2, epsilon, weightDecay);
        StepSize = learningRate / (1 - Math.Pow(beta1, step));
        RootCorrection = Math.Sqrt(1 - Math.Pow(beta2, step));
    }

    public double Beta1 { get; }

    public double Beta2 { get; }

    public double Epsilon { get; }

    public double WeightDecay { get; }

    /// <summary>lr / (1 − β1^t).</summary>
    public double StepSize { get; }

    /// <summary>√(1 − β2^t).</summary>
    public double RootCorrection { get; }
}
