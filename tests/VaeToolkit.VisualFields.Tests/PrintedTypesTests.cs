using System.Reflection;
using System.Runtime.CompilerServices;

namespace VaeToolkit.VisualFields.Tests;

/// <summary>What people print says more than the name of its type.</summary>
public sealed class PrintedTypesTests
{
    [Fact]
    public void Every_public_type_but_options_prints_itself()
    {
        var silent = typeof(FieldVae).Assembly.GetExportedTypes()
            .Where(type => type is { IsAbstract: false, IsEnum: false } && !type.Name.EndsWith("Options", StringComparison.Ordinal))
            .Where(IsSilent).Select(type => type.Name);
        silent.Should().BeEmpty();
    }

    // A record's own text depends on the culture and prints lists by their type's name.
    private static bool IsSilent(Type type)
    {
        var method = type.GetMethod(nameof(ToString), Type.EmptyTypes)!;
        return method.DeclaringType == typeof(object) || method.GetCustomAttribute<CompilerGeneratedAttribute>() is not null;
    }
}
