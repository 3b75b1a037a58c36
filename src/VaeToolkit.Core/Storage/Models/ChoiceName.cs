using System.Text.Json;

namespace VaeToolkit.Storage;

/// <summary>Values of enumerations as files have them: <c>leaky-relu</c>, <c>bfloat16</c>, <c>group</c>.</summary>
internal static class ChoiceName
{
    internal static string Of<TEnum>(TEnum value)
        where TEnum : struct, Enum
        => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString().Replace("LU", "lu", StringComparison.Ordinal)
            .Replace("BF", "Bf", StringComparison.Ordinal));

    internal static TEnum? Find<TEnum>(string name)
        where TEnum : struct, Enum
        => Enum.GetValues<TEnum>().Where(value => Of(value) == name).Select(value => (TEnum?)value).FirstOrDefault();

    internal static string All<TEnum>()
        where TEnum : struct, Enum
        => string.Join(", ", Enum.GetValues<TEnum>().Select(Of));
}
