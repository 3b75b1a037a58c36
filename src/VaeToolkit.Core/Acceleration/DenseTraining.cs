using System.Runtime.Intrinsics.X86;
using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit;

/// <summary>
/// Trains fully connected encoders and decoders by our own products, where these are faster than MKL's, which has loops of its own for
/// Intel's processors alone: with 512-bit registers by half, with 256-bit ones by a fifth.
/// </summary>
/// <param name="members">Threads side by side, each with a part of a batch.</param>
internal sealed class DenseTraining(int members) : IDisposable
{
    // The first four letters of GenuineIntel.
    private const int Intel = 0x756E6547;

    [ThreadStatic]
    private static bool s_isForced;

    private static readonly bool s_isFasterHere = DenseKernel.IsFast && X86Base.CpuId(0, 0).Ebx != Intel;

    private readonly DenseGradients _gradients = new(members);
    private readonly DenseTape?[] _tapes = new DenseTape?[2 * members];

    /// <summary>Whether such products are faster here than those of torch's operators.</summary>
    internal static bool IsFaster => s_isForced || s_isFasterHere;

    /// <summary>
    /// Whether nothing takes gradients of its own within the objective, for which the layers' outputs would be constants: neither the
    /// objective nor a part of the model is of another's making.
    /// </summary>
    internal static bool Suits<TModel>(TModel model, Objective<TModel> objective)
        where TModel : torch.nn.Module
        => objective.IsBackpropagatedByTheLoop
            && Networks.ItemwiseLayers.Parts(model).All(part => part.GetType().Assembly is var origin
                && (origin == typeof(DenseTraining).Assembly || origin == typeof(Linear).Assembly))
            && model.parameters().All(parameter => parameter.device_type == DeviceType.CPU);

    /// <summary>Takes them on this thread on every processor until disposed, for tests.</summary>
    internal static Forcing Force()
    {
        s_isForced = true;
        return default;
    }

    /// <summary>Passes that were taken so far, by all members.</summary>
    internal long Taken => _tapes.Sum(tape => tape?.Taken ?? 0);

    /// <summary>A member's tape, of which it has two.</summary>
    /// <param name="member">The member.</param>
    /// <param name="comesAlone">As <see cref="DenseTape.ComesAlone"/>.</param>
    internal DenseTape Tape(int member, bool comesAlone = false)
        => _tapes[(2 * member) + (comesAlone ? 1 : 0)] ??= new(_gradients, member) { ComesAlone = comesAlone };

    /// <summary>Hands what the members computed to the weights.</summary>
    /// <param name="team">The members' threads; null for one.</param>
    internal void HandOver(ThreadTeam? team = null) => _gradients.HandOver(team);

    /// <summary>A step, which is forgotten when it is disposed. The gradients of the step before are dropped or cleared.</summary>
    internal Forgetting Step()
    {
        _gradients.Begin();
        return new(this);
    }

    public void Dispose()
    {
        Forget();
        _gradients.Dispose();
    }

    /// <summary>Forgets the step.</summary>
    internal void Forget()
    {
        Array.ForEach(_tapes, tape => tape?.Clear());
        _gradients.Clear();
    }

    internal readonly struct Forcing : IDisposable
    {
        public void Dispose() => s_isForced = false;
    }

    internal readonly struct Forgetting(DenseTraining owner) : IDisposable
    {
        public void Dispose() => owner.Forget();
    }
}
