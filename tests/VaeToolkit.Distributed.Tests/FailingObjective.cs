using VaeToolkit.Training;

namespace VaeToolkit.Distributed.Tests;

/// <summary>The ELBO until it throws.</summary>
/// <param name="failsAt">The step at which it does; null for never.</param>
/// <param name="alone">Whether ranks learn of it only by the end of the one that failed.</param>
/// <param name="failure">What it throws; null for <see cref="InvalidDataException"/>.</param>
/// <param name="failing">Called before that.</param>
internal sealed class FailingObjective(int? failsAt, bool alone = false, Exception? failure = null, Action? failing = null)
    : Objective<Vae>
{
    private readonly Elbo _bound = new();

    public override bool IsMeanOverItems => !alone;

    public override bool IsDivisible => true;

    public override ObjectiveResult Compute(Vae model, Batch batch)
    {
        if (StepsTaken != failsAt)
            return _bound.Compute(model, batch);
        failing?.Invoke();
        throw failure ?? new InvalidDataException("the disk is gone");
    }
}
