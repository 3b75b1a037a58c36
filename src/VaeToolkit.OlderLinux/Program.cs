namespace VaeToolkit.OlderLinux;

/// <summary>What the build starts: <c>VaeToolkit.OlderLinux.dll LIBRARY COPY STAMP</c>.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is not [var source, var target, var stamp])
        {
            Console.Error.WriteLine("usage: VaeToolkit.OlderLinux <libLibTorchSharp.so of the package> <the adapted copy> <time stamp>");
            return 2;
        }
        try
        {
            if (AdaptationStep.Run(source, target, SystemLibrary.Find()) is { } line)
                Console.WriteLine(line);
            AdaptationStep.Stamp(stamp);
            return 0;
        }
        catch (Exception e) when (e is RefusedException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"TorchSharp was not adapted to this system's older libstdc++: {e.Message} "
                + $"(-p:{AdaptationStep.Property}=false turns the step off)");
            return 1;
        }
    }
}
