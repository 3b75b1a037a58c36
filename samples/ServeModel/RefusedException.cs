namespace VaeToolkit.Samples;

/// <summary>A request that is not answered, with the status of the response and a sentence that says what would be right.</summary>
internal sealed class RefusedException(int status, string sentence) : Exception(sentence)
{
    public int Status { get; } = status;

    public static RefusedException Wrong(string sentence) => new(StatusCodes.Status400BadRequest, sentence);
}
