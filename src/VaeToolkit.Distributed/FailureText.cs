namespace VaeToolkit.Distributed;

/// <summary>What the other ranks are told of a failure.</summary>
internal static class FailureText
{
    /// <summary>Its type and message; of what libtorch says, without the native stack below it.</summary>
    internal static string Of(Exception failure) => $"{failure.GetType().Name}: {EngineError.MessageOf(failure)}";
}
