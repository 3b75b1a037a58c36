using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>The base of all optimisers. TorchSharp's has a native half, which the stand-in's have not.</summary>
        public abstract class Optimizer : IDisposable
        {
            protected IList<ParamGroup> _parameter_groups = [];

            protected Optimizer(IntPtr handle)
            {
                if (handle != IntPtr.Zero)
                    throw new NotSupportedException("the stand-in has no optimisers in native code");
            }

            public virtual IEnumerable<ILearningRateController> ParamGroups => _parameter_groups;

            public virtual IEnumerable<Parameter> parameters() => _parameter_groups.SelectMany(g => g.Parameters);

            public virtual void zero_grad()
            {
                foreach (var parameter in parameters())
                    nn.Module.ClearGradient(parameter, setToNone: false);
            }

            public virtual Tensor? step(Func<Tensor>? closure = null) => throw new NotImplementedException();

            public virtual void add_param_group(ParamGroup param_group) => _parameter_groups.Add(param_group);

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
            }

            /// <summary>Settings and states of an optimiser, for another one of the same parameters.</summary>
            public class StateDictionary
            {
                internal StateDictionary(List<OptimizerOptions> options, List<OptimizerState> states, List<List<int>> references)
                    => (Options, State, StateIndexRef) = (options, states, references);

                public List<OptimizerOptions> Options { get; }

                public List<OptimizerState> State { get; }

                public List<List<int>> StateIndexRef { get; }
            }
        }
    }
}
