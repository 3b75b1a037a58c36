namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static LRScheduler StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false)
                => new impl.StepLR(optimizer, step_size, gamma, last_epoch, verbose);

            public static LRScheduler ExponentialLR(Optimizer optimizer, double gamma = 0.1, int last_epoch = -1, bool verbose = false)
                => new impl.ExponentialLR(optimizer, gamma, last_epoch, verbose);

            public static LRScheduler CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false)
                => new impl.CosineAnnealingLR(optimizer, T_max, eta_min, last_epoch, verbose);

            public static LRScheduler LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false)
                => new impl.LambdaLR(optimizer, lr_lambda, last_epoch, verbose);

            /// <summary>Sets the learning rates of an optimiser's groups once an epoch, from the last ones or from the initial ones.</summary>
            public abstract class LRScheduler
            {
                protected int _step_count;
                private readonly Optimizer _optimizer = null!;
                private readonly bool _verbose;

                protected LRScheduler()
                {
                }

                protected LRScheduler(Optimizer optimizer, int last_epoch = -1, bool verbose = false)
                {
                    (_optimizer, Epoch, _verbose) = (optimizer, last_epoch, verbose);
                    foreach (var group in optimizer.ParamGroups)
                        group.InitialLearningRate = last_epoch == -1 ? group.LearningRate : group.InitialLearningRate;
                    InitialRates = [.. optimizer.ParamGroups.Select(g => g.InitialLearningRate)];
                }

                private protected int Epoch { get; private set; }

                private protected double[] InitialRates { get; } = [];

                private protected IEnumerable<double> Rates => _optimizer.ParamGroups.Select(g => g.LearningRate);

                public IEnumerable<double> get_last_lr() => Rates;

                public virtual void step() => step(null);

                public virtual void step(int? epoch)
                {
                    _step_count++;
                    Epoch = epoch ?? Epoch + 1;
                    var rates = (epoch is null ? get_lr() : get_closed_form_lr()).ToArray();
                    foreach (var (group, rate) in _optimizer.ParamGroups.Zip(rates))
                    {
                        group.LearningRate = rate;
                        if (_verbose)
                            Console.WriteLine($"Adjusting learning rate to {rate}");
                    }
                }

                // Most schedules do not look at the metric.
                public virtual void step(double current, int? epoch = null) => step(epoch);

                protected virtual IEnumerable<double> get_lr() => Rates;

                protected virtual IEnumerable<double> get_closed_form_lr() => get_lr();
            }
        }
    }
}
