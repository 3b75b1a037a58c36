using System.Runtime.CompilerServices;
using TorchSharp;

namespace VaeToolkit.Onnx.Tests;

/// <summary>Everything here is so small that a second thread costs more than it saves.</summary>
internal static class Threads
{
    [ModuleInitializer]
    internal static void UseOne() => torch.set_num_threads(1);
}
