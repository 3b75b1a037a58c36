using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A module without weights: nothing to move, nothing to save.</summary>
public abstract class ParameterLessModule<T1, TResult> : nn.Module<T1, TResult>
{
    private protected ParameterLessModule(string name)
        : base(name)
    {
    }
}
