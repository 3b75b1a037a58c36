using TorchSharp;

namespace VaeToolkit.Training;

/// <summary>The callbacks of one run: calls all of them and names the one that fails.</summary>
internal sealed class CallbackList<TModel>(
    IReadOnlyList<ITrainingCallback<TModel>>? callbacks, RankGroup? ranks, TModel trained, long seed)
    where TModel : torch.nn.Module
{
    private const long Draws = 3;

    private readonly IReadOnlyList<ITrainingCallback<TModel>> _callbacks =
        [.. (callbacks ?? []).Where(callback => ranks is null or { IsFirst: true } || callback.RunsOnEveryRank)];

    private long _calls;

    public void StepEnded(TModel model, StepResult step)
    {
        // Checked first so that the usual run, which has none, builds no closure for each of its steps.
        if (_callbacks.Count > 0)
            CallEach(model, step);
    }

    public void EpochEnded(TModel model, EpochSummary summary) =>
        CallAll(nameof(EpochEnded), callback => callback.EpochEnded(model, summary));

    public void CheckpointSaved(string directory, EpochSummary summary) =>
        CallAll(nameof(CheckpointSaved), callback => callback.CheckpointSaved(directory, summary));

    public void TrainingEnded(TModel model, TrainingResult result) =>
        CallAll(nameof(TrainingEnded), callback => callback.TrainingEnded(model, result));

    private void CallEach(TModel model, StepResult step) => CallAll(nameof(StepEnded), callback => callback.StepEnded(model, step));

    private void CallAll(string member, Action<ITrainingCallback<TModel>> call)
    {
        foreach (var callback in _callbacks)
        {
            using var own = callback.RunsOnEveryRank ? null : DrawsOfItsOwn();
            try
            {
                call(callback);
            }
            catch (Exception e)
            {
                throw new TrainingCallbackException(callback.GetType(), member, e);
            }
        }
    }

    // What rank 0 alone calls must not move what all ranks draw next.
    private IDisposable? DrawsOfItsOwn() => ranks is null ? null
        : NoiseSource.Apart(NoiseSource.DeviceOf(trained), (long)SplitMix64.For(seed, _calls++, Draws).Next());
}
