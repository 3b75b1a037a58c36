using System.Diagnostics.CodeAnalysis;

namespace VaeToolkit.Studies;

/// <summary>A setting in words that tell it from every other, the same in every culture.</summary>
/// <param name="Text">What its records are marked with.</param>
/// <param name="Earlier">What earlier versions marked them with; null where that does not say all.</param>
internal sealed record SettingText(string Text, string? Earlier)
{
    /// <summary>The members by which settings are told apart.</summary>
    public const DynamicallyAccessedMemberTypes Read = DynamicallyAccessedMemberTypes.PublicProperties
        | DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicMethods;

    /// <summary>Describes a setting.</summary>
    /// <param name="name">Its name, and</param>
    /// <param name="setting">the setting.</param>
    /// <param name="argument">The argument that it came in.</param>
    /// <exception cref="ArgumentException">It has a value whose text does not tell it from others.</exception>
    public static SettingText Of<[DynamicallyAccessedMembers(Read)] TSetting>(string name, TSetting setting, string argument)
        where TSetting : notnull
    {
        if (setting is string text)
            return new(text, null);
        var writer = new SettingWriter(name, argument);
        var all = writer.Text(setting, "", 0);
        return new(all, writer.SaysMore ? null : setting.ToString());
    }

    /// <summary>Whether a record is of this setting.</summary>
    public bool Marks(string description) => description == Text || description == Earlier;
}
