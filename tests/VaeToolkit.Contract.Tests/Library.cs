using System.Reflection;
using TorchSharp;
using VaeToolkit.Archetypes;
using VaeToolkit.Boosting;
using VaeToolkit.DeepSurvival;
using VaeToolkit.Distributed;
using VaeToolkit.Mega;
using VaeToolkit.Molecules;
using VaeToolkit.Onnx;
using VaeToolkit.Pictures;
using VaeToolkit.Reports;
using VaeToolkit.SemiSupervised;
using VaeToolkit.Studies;
using VaeToolkit.Survival;
using VaeToolkit.VisualFields;
using VaeToolkit.Volumes;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Contract.Tests;

/// <summary>The types that the library is made of.</summary>
internal static class Library
{
    /// <summary>Its assemblies.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } = [.. new[]
    {
        typeof(Vae), typeof(BoostedPrior), typeof(MegaRegularised), typeof(M2Model), typeof(KaplanMeier), typeof(Savae),
        typeof(VoxelGrid), typeof(UNet3d), typeof(MoleculeVae), typeof(OnnxModel), typeof(PictureData),
        typeof(StudyOptions), typeof(OpenMpi), typeof(Report), typeof(DeepArchetypes), typeof(FieldVae),
    }.Select(type => type.Assembly)];

    /// <summary>Every type of some assemblies, public or not, that an object can be of and that is of a kind.</summary>
    public static IEnumerable<Type> Concrete(IEnumerable<Assembly> assemblies, Type kind)
        => assemblies.SelectMany(assembly => assembly.GetTypes()).Where(type => !type.IsAbstract && IsOf(type, kind));

    /// <summary>Those of them that are not among the known ones, by name, sorted.</summary>
    public static IReadOnlyList<string> Uncovered(IEnumerable<Assembly> assemblies, Type kind, IEnumerable<Type> covered)
    {
        var known = covered.Select(Open).ToHashSet();
        var missing = Concrete(assemblies, kind).Where(type => !known.Contains(type));
        return [.. missing.Select(type => type.FullName!).Order(StringComparer.Ordinal)];
    }

    /// <summary>A module and all that it is made of, without TorchSharp's own layers.</summary>
    public static IEnumerable<torch.nn.Module> OwnParts(torch.nn.Module module)
        => module.modules().Prepend(module).Where(part => Assemblies.Contains(part.GetType().Assembly));

    private static bool IsOf(Type type, Type kind)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            if (Open(at) == kind)
                return true;
        }
        return false;
    }

    private static Type Open(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;
}
