using System.Reflection;
using VaeToolkit.Contract.Tests;
using VaeToolkit.Contract.Tests.Modules;
using VaeToolkit.Networks;

namespace VaeToolkit.Onnx.Tests.Families;

/// <summary>What is null where parts are written into a graph.</summary>
public sealed class NullArgumentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Parts_name_an_argument_that_is_null()
    {
        // Before the graph, since some are trained.
        var modules = FamilyTests.Names.Select(name => (Name: name, Module: ModuleTable.Find(name).Make())).ToList();
        new GraphOf(graph =>
        {
            var value = graph.Input("x", [NetworkGraph.Batch, 1], "a number");
            graph.Output("y", value, [NetworkGraph.Batch, 1], "the same");
            var methods = 0;
            foreach (var (name, module) in modules)
            {
                foreach (var part in module.modules().Append(module))
                {
                    if (part.GetType().GetMethod("WriteTo") is not { } method)
                        continue;
                    var parameters = method.GetParameters();
                    if (parameters.Skip(1).Any(parameter => parameter.ParameterType != typeof(GraphValue)))
                        continue;
                    methods++;
                    for (var missing = 0; missing < parameters.Length; missing++)
                    {
                        var arguments = parameters.Select((_, i) => i == missing ? null : i == 0 ? (object)graph : value).ToArray();
                        FluentActions.Invoking(() => method.Invoke(part, arguments)).Should().Throw<TargetInvocationException>()
                            .Which.InnerException.Should().Match<Exception>(
                                e => e is NotSupportedException || ((ArgumentNullException)e).ParamName == parameters[missing].Name,
                                $"{part.GetType().Name} of {name} gets no {parameters[missing].Name}");
                    }
                }
            }
            methods.Should().BeGreaterThan(50);
        }).Write(_folder["null.onnx"]);
        modules.ForEach(pair => pair.Module.Dispose());
    }

    [Fact]
    public void Values_of_a_graph_name_an_argument_that_is_null()
    {
        new GraphOf(graph =>
        {
            var value = graph.Input("x", [NetworkGraph.Batch, 1], "a number");
            graph.Output("y", value, [NetworkGraph.Batch, 1], "the same");
            GraphValue none = null!;
            foreach (var (name, use) in new (string, Func<object>)[]
                     {
                         ("a", () => none + value), ("b", () => value + none), ("a", () => none - value), ("b", () => value - none),
                         ("a", () => none * value), ("b", () => value * none), ("a", () => none / value), ("b", () => value / none),
                         ("a", () => none + 1), ("a", () => none * 1), ("a", () => -none), ("indices", () => value.Rows(none)),
                         ("values", () => value.Fill(none)), ("others", () => value.Then("Add", null!)), ("name", () => value.Then(null!)),
                         ("shape", () => value.Reshape(null!)), ("values", () => graph.Integers(null!)),
                         ("graph", () => new GraphValue(null!, "x")), ("name", () => new GraphValue(graph, null!)),
                     })
            {
                use.Should().Throw<ArgumentNullException>().Which.ParamName.Should().Be(name);
            }
            FluentActions.Invoking(() => graph.Number(1e39)).Should().Throw<ArgumentOutOfRangeException>()
                .WithMessage("*float32, which ends at 3.40282347E+38*");
        }).Write(_folder["values.onnx"]);
    }
}
