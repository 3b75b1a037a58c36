using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;
using VaeToolkit.Evaluation;
using VaeToolkit.Training;
using VaeToolkit.WeightPriors;

namespace VaeToolkit.Contract.Tests;

/// <summary>
/// A number that no enumeration has, such as one cast from a file, is refused by name wherever a choice enters: it would be taken for one
/// of the values, and nobody would hear of it.
/// </summary>
public sealed class EnumerationTests
{
    private const int Unknown = 77;

    // What a run came to, which the library writes and nobody chooses.
    private static readonly HashSet<string> s_results =
    [
        "MarginalKlEstimate.Estimator", "TrainingProgress.Stopped", "SegmentationRun.Reason", "SegmentationRun(Reason)",
        "TargetResult(method)",
    ];

    // Where a property alone is nothing that can be made, and where another looks at the options.
    private static readonly Dictionary<Type, Func<object>> s_make = new()
    {
        [typeof(BayesianConv3d)] = () => new BayesianConv3d(1, 1),
        [typeof(BayesianUNet3d)] = () => new BayesianUNet3d(new UNet3dOptions { Widths = [2, 4] }),
    };

    private static readonly Dictionary<Type, Action<object>> s_use = new()
    {
        [typeof(IwaeOptions)] = options => _ = new Iwae(2, (IwaeOptions)options),
    };

    /// <summary>Every choice among the properties that can be set.</summary>
    public static TheoryData<string> Properties => [.. s_properties.Keys.Except(s_results)];

    /// <summary>Every choice among the parameters of methods and constructors.</summary>
    public static TheoryData<string> Parameters => [.. EnumerationCalls.All.Keys];

    private static readonly Dictionary<string, PropertyInfo> s_properties = Library.Assemblies
        .SelectMany(assembly => assembly.GetExportedTypes())
        .SelectMany(type => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
        .Where(property => property.SetMethod is { IsPublic: true } && IsChoice(property.PropertyType))
        .ToDictionary(property => $"{property.DeclaringType!.Name}.{property.Name}");

    [Theory]
    [MemberData(nameof(Properties))]
    public void An_unknown_number_of_a_property_is_refused_by_name(string name)
    {
        var property = s_properties[name];
        using var scope = torch.NewDisposeScope();
        var holder = Make(property.DeclaringType!);
        try
        {
            var refusal = Record.Exception(() => Set(holder, property)) ?? Record.Exception(() => Use(holder));
            refusal.Should().BeAssignableTo<ArgumentException>().Which.Message.Should().Contain(property.Name).And.Contain($"{Unknown}");
        }
        finally
        {
            (holder as IDisposable)?.Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Parameters))]
    public void An_unknown_number_of_a_parameter_is_refused_by_name(string name)
    {
        using var scope = torch.NewDisposeScope();
        Record.Exception(() => EnumerationCalls.All[name](Unknown)).Should().BeOfType<ArgumentOutOfRangeException>()
            .Which.ActualValue!.ToString().Should().Be($"{Unknown}");
    }

    [Fact]
    public void Every_method_and_constructor_with_a_choice_is_tried()
    {
        const BindingFlags Public = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly;
        var methods = Library.Assemblies.SelectMany(assembly => assembly.GetExportedTypes()).Where(type => !type.IsEnum)
            .SelectMany(type => type.GetMethods(Public).Where(method => !method.IsSpecialName).Concat<MethodBase>(type.GetConstructors()));
        methods.Where(method => !method.IsDefined(typeof(CompilerGeneratedAttribute)) && method.Name != "Deconstruct")
            .SelectMany(method => method.GetParameters().Where(parameter => IsChoice(parameter.ParameterType))
                .Select(parameter => $"{method.DeclaringType!.Name}{(method.IsConstructor ? "" : "." + method.Name)}({parameter.Name})"))
            .Distinct().Except(s_results).Should().BeEquivalentTo(EnumerationCalls.All.Keys);
    }

    private static bool IsChoice(Type type)
        => (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } choice && Library.Assemblies.Contains(choice.Assembly);

    private static object Make(Type type)
    {
        if (s_make.TryGetValue(type, out var make))
            return make();
        if (type.IsAbstract)
            type = type.Assembly.GetExportedTypes().First(other => !other.IsAbstract && other.IsSubclassOf(type));
        return type.IsValueType || type.GetConstructor([]) is not null
            ? Activator.CreateInstance(type)! : RuntimeHelpers.GetUninitializedObject(type);
    }

    private static void Set(object holder, PropertyInfo property)
    {
        var choice = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        property.SetMethod!.Invoke(
            holder, BindingFlags.DoNotWrapExceptions, binder: null, [Enum.ToObject(choice, Unknown)], culture: null);
    }

    // Options that are looked at when they are used have a method for it.
    private static void Use(object options)
    {
        if (s_use.TryGetValue(options.GetType(), out var use))
        {
            use(options);
            return;
        }
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        var look = options.GetType().GetMethods(Any).Single(method => method.Name is "Validated" or "Validate");
        object[] given = [.. look.GetParameters().Select(parameter => Convert.ChangeType(1000, parameter.ParameterType,
            System.Globalization.CultureInfo.InvariantCulture))];
        look.Invoke(options, BindingFlags.DoNotWrapExceptions, binder: null, given, culture: null);
    }
}
