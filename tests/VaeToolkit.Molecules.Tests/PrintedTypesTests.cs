using System.Reflection;
using System.Runtime.CompilerServices;

namespace VaeToolkit.Molecules.Tests;

/// <summary>What people print says more than the name of its type.</summary>
public sealed class PrintedTypesTests
{
    [Fact]
    public void Every_public_type_but_options_prints_itself()
        => typeof(MoleculeVae).Assembly.GetExportedTypes().Where(type => type is { IsAbstract: false, IsEnum: false })
            .Where(type => !type.Name.EndsWith("Options", StringComparison.Ordinal) && IsSilent(type)).Select(type => type.Name)
            .Should().BeEmpty();

    [Fact]
    public void Results_say_their_numbers()
    {
        SmilesChecker.Check("CC").ToString().Should().Be("a molecule");
        SmilesChecker.Check("CFC").ToString().Should().StartWith("no molecule: atom 1 (F)");
        SmilesChecker.Check("C(").ToString().Should().StartWith("cannot be read: ");
        new PropertyError("logp", 0.5, 2).ToString().Should().Be("logp: mean absolute error 0.5, 0.250 of the mean predictor's 2");
        new StringReconstruction(0.875, 0.5, 8).ToString().Should().Contain("8 strings 50.0 %").And.Contain("87.5 %");
    }

    private static bool IsSilent(Type type)
    {
        var method = type.GetMethod(nameof(ToString), Type.EmptyTypes)!;
        return method.DeclaringType == typeof(object) || method.DeclaringType == typeof(ValueType)
            || method.GetCustomAttribute<CompilerGeneratedAttribute>() is not null;
    }
}
