namespace VaeToolkit.Samples;

internal static partial class ServiceLog
{
    [LoggerMessage(LogLevel.Error, "{Path} failed")]
    public static partial void Failed(ILogger logger, string path, Exception exception);
}
