using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace VaeToolkit.Contract.Tests;

/// <summary>
/// The compiler wants a comment on everything public, and is content with one that has only an exception, and with a record whose
/// parameters have none. People look for a summary.
/// </summary>
public sealed class DocumentationTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static TheoryData<string> Assemblies => [.. Library.Assemblies.Select(assembly => assembly.GetName().Name!)];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Every_comment_says_what_its_member_is(string name)
    {
        var members = Exported(name).ToDictionary(TypeId, type => type.GetMembers(Everything).Where(IsForOthers)
            .Select(member => member is ConstructorInfo ? "#ctor" : member.Name).ToHashSet());
        Comments(name).Where(comment => comment.Element("summary") is null && comment.Element("inheritdoc") is null)
            .Where(comment => members.TryGetValue(Place(comment).Type, out var known) && known.Contains(Place(comment).Member))
            .Select(Id).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Every_value_of_a_public_record_is_described(string name)
    {
        var comments = Comments(name).ToDictionary(Id);
        foreach (var (type, deconstruct) in Exported(name).Select(type => (type, type.GetMethod("Deconstruct"))))
        {
            if (deconstruct?.GetCustomAttribute<CompilerGeneratedAttribute>() is null)
                continue;
            var id = TypeId(type);
            var described = comments.Values
                .Where(comment => Id(comment) == $"T:{id}" || Id(comment).StartsWith($"P:{id}.", StringComparison.Ordinal))
                .SelectMany(comment => comment.Elements("param").Select(parameter => parameter.Attribute("name")!.Value)
                    .Append(Id(comment).Split('.')[^1]));
            deconstruct.GetParameters().Select(parameter => parameter.Name!).Except(described).Should().BeEmpty("of {0}", id);
        }
    }

    private static Type[] Exported(string assembly)
        => Library.Assemblies.Single(one => one.GetName().Name == assembly).GetExportedTypes();

    private static string TypeId(Type type) => type.FullName!.Replace('+', '.');

    // What a user or a derived class sees; a property by its accessors.
    private static bool IsForOthers(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsForOthers),
        EventInfo raised => IsForOthers(raised.AddMethod!),
        _ => false,
    };

    // M:Namespace.Type.Name(parameters): the type and the name.
    private static (string Type, string Member) Place(XElement comment)
    {
        var path = Id(comment)[2..].Split('(')[0];
        var dot = path.LastIndexOf('.');
        return (path[..dot], path[(dot + 1)..].Split('`')[0]);
    }

    private static IEnumerable<XElement> Comments(string assembly)
        => XDocument.Load(Path.Combine(AppContext.BaseDirectory, $"{assembly}.xml")).Descendants("member");

    private static string Id(XElement comment) => comment.Attribute("name")!.Value;
}
