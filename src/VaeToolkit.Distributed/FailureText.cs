using System.Runtime.InteropServices;

namespace VaeToolkit.Distributed;

/// <summary>What the other ranks are told of a failure.</summary>
internal static class FailureText
{
    /// <summary>Its type and message; of what libtorch says, without the native stack below it.</summary>
    internal static string Of(Exception failure)
        => $"{failure.GetType().Name}: {(failure is ExternalException ? EngineError.FirstLine(failure) : failure.Message)}";
}
