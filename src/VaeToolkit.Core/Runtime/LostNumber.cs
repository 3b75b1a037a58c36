using System.Runtime.InteropServices;

namespace VaeToolkit;

/// <summary>
/// A fault of TorchSharp 0.107.0: the number of <c>x * 0.5</c> becomes an object whose finalizer frees it, and nothing keeps that object
/// alive while the operator reads it. If the processor is taken from the thread at that moment and another collects, libtorch finds a
/// number of no type and says so. Only many threads on few processors meet it, as in a web service.
/// </summary>
internal static class LostNumber
{
    private const int MostTries = 4;

    // Where libtorch was when it found the number of no type; the rest of the message differs.
    private const string Place = "c10/core/Scalar.h";

    /// <summary>Asks again where a number was lost: for what changes nothing and draws from its own seed.</summary>
    public static T AskAgain<T>(Func<T> ask)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return ask();
            }
            catch (Exception e) when (tries < MostTries && Is(e))
            {
                // The next try has numbers of its own.
            }
        }
    }

    /// <summary>Whether that, or what was thrown in its place, is such a fault.</summary>
    public static bool Is(Exception? error) => error switch
    {
        null => false,
        ExternalException when error.Message.Contains(Place, StringComparison.Ordinal) => true,
        _ => Is(error.InnerException),
    };
}
