using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public abstract partial class Module
        {
            /// <summary>
            /// Registers what the fields hold under the fields' own names, unless such a name is taken. TorchSharp calls this when the
            /// module becomes part of another, so a module that registers by hand overrides it, or its weights get second names.
            /// </summary>
            protected virtual void RegisterComponents()
            {
                if (_componentsRegistered)
                    return;
                _componentsRegistered = true;
                foreach (var field in Fields().Where(f => !IsRegistered(f.Name)))
                    Register(field.Name, field.GetValue(this));
            }

            private void Register(string key, object? value)
            {
                if (value is Module module)
                    register_module(key, module);
                else if (value is Parameter parameter)
                    register_parameter(key, parameter);
                else if (value is Tensor tensor)
                    register_buffer(key, tensor);
            }

            private bool IsRegistered(string key)
                => _modulesByName.TryGetValue(key, out _) || _parametersByName.TryGetValue(key, out _) || _buffersByName.TryGetValue(key, out _);

            // Base classes' private fields are among them.
            private IEnumerable<FieldInfo> Fields()
            {
                const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
                for (var type = GetType(); type is not null && type != typeof(Module); type = type.BaseType)
                {
                    foreach (var field in type.GetFields(Declared))
                        yield return field;
                }
            }
        }
    }
}
