namespace VaeToolkit.Mega;

/// <summary>The data leave a model without a maximum of its likelihood: a variance that it must estimate is zero.</summary>
/// <param name="message">What is degenerate, and what would help.</param>
public sealed class DegenerateDataException(string message) : ArgumentException(message);
