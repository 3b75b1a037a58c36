using System.Runtime.Intrinsics.X86;
using TorchSharp;
using TorchSharp.Modules;

namespace VaeToolkit;

/// <summary>
/// Trains fully connected encoders and decoders by our own products, where these are faster than MKL's: of AVX-512 MKL makes use on Intel's
/// processors alone.
/// </summary>
/// <param name="members">Threads side by side, each with a part of a batch.</param>
internal sealed class DenseTraining(int members) : IDisposable
{
    // The first four letters of GenuineIntel.
    private const int Intel = 0x756E6547;

    private readonly DenseGradients _gradients = new(members);
    private readonly DenseTape?[] _tapes = new DenseTape?[members];

    /// <summary>Whether such products are faster here than those of torch's operators.</summary>
    internal static bool IsFaster { get; } = DenseKernel.IsFast && X86Base.CpuId(0, 0).Ebx != Intel;

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

    /// <summary>A member's tape.</summary>
    internal DenseTape Tape(int member) => _tapes[member] ??= new(_gradients, member, isAlone: members == 1);

    /// <summary>Hands what the members computed to the weights.</summary>
    /// <param name="team">The members' threads; null for one.</param>
    internal void HandOver(ThreadTeam? team = null) => _gradients.HandOver(team);

    /// <summary>A step, which is forgotten when it is disposed.</summary>
    internal Forgetting Step() => new(this);

    public void Dispose()
    {
        Forget();
        _gradients.Dispose();
    }

    private void Forget()
    {
        Array.ForEach(_tapes, tape => tape?.Clear());
        _gradients.Clear();
    }

    internal readonly struct Forgetting(DenseTraining owner) : IDisposable
    {
        public void Dispose() => owner.Forget();
    }
}
