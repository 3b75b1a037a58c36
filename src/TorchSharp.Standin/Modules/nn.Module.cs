using System.Runtime.CompilerServices;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// The base of everything that holds weights: a tree of named parameters, buffers and sub-modules. A module owns what is
        /// registered with it: that leaves the dispose scopes and is disposed with the module.
        /// </summary>
        public abstract partial class Module : IDisposable
        {
            protected readonly string name;
            private readonly OrderedDict<string, Parameter> _parametersByName = new();
            private readonly OrderedDict<string, (Tensor Tensor, bool Persistent)> _buffersByName = new();
            private readonly OrderedDict<string, Module> _modulesByName = new();
            private bool _training = true;
            private bool _componentsRegistered;

            protected Module(string name) => this.name = name;

            public virtual bool training => _training;

            public virtual string GetName() => name;

            public virtual void train(bool train = true)
            {
                _training = train;
                foreach (var (_, module) in _modulesByName)
                    module.train(train);
            }

            public virtual void eval() => train(false);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                    ClearGradient(parameter, set_to_none);
            }

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, module) in _modulesByName)
                    module.apply(fn);
                fn(this);
                return this;
            }

            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null)
                {
                    _modulesByName.Remove(name);
                    return;
                }
                if (name.Contains('.', StringComparison.Ordinal))
                    throw new ArgumentException($"module name can't contain \".\", got: {name}");
                if (name.Length == 0)
                    throw new ArgumentException("module name can't be empty string \"\"");
                if (_modulesByName.TryGetValue(name, out _))
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
                submodule.RegisterComponents();
                _modulesByName.TryAdd(name, submodule);
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_parameter(string name, Parameter param)
            {
                if (param is null || param.IsInvalid)
                    throw new ArgumentNullException(nameof(param), "A null tensor cannot be registered as a parameter.");
                if (!_parametersByName.TryAdd(name, param))
                    throw new InvalidOperationException($"Parameter {name} is already registered.");
                param.DetachFromDisposeScope();
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                if (tensor is null || tensor.IsInvalid)
                    throw new ArgumentNullException(nameof(tensor), "A null tensor cannot be registered as a buffer.");
                if (!_buffersByName.TryAdd(name, (tensor, persistent)))
                    throw new InvalidOperationException($"Tensor {name} is already registered.");
                tensor.DetachFromDisposeScope();
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing)
                    return;
                foreach (var (_, parameter) in _parametersByName)
                    parameter.Dispose();
                foreach (var (_, buffer) in _buffersByName)
                    buffer.Tensor.Dispose();
                foreach (var (_, module) in _modulesByName)
                    module.Dispose();
            }

            internal static void ClearGradient(Tensor parameter, bool setToNone)
            {
                using var gradient = parameter.grad;
                if (gradient is null)
                    return;
                if (setToNone)
                    parameter.grad = null;
                else
                    using (no_grad())
                        gradient.zero_();
            }

            // The modules of this assembly read their weights by name, so that `to` may replace them.
            private protected Parameter? Own([CallerMemberName] string name = "")
                => _parametersByName.TryGetValue(name, out var parameter) ? parameter : null;

            private protected Tensor? OwnBuffer([CallerMemberName] string name = "")
                => _buffersByName.TryGetValue(name, out var buffer) ? buffer.Tensor : null;

            private protected void SetOwn(Parameter? value, [CallerMemberName] string name = "")
            {
                if (_parametersByName.TryGetValue(name, out var before) && !ReferenceEquals(before, value))
                    before.Dispose();
                _parametersByName.Remove(name);
                if (value is not null)
                    register_parameter(name, value);
            }

            private protected void SetOwnBuffer(Tensor? value, [CallerMemberName] string name = "")
            {
                if (_buffersByName.TryGetValue(name, out var before) && !ReferenceEquals(before.Tensor, value))
                    before.Tensor.Dispose();
                _buffersByName.Remove(name);
                if (value is not null)
                    register_buffer(name, value);
            }
        }
    }
}
