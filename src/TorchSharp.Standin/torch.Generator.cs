using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static Generator manual_seed(long seed) => random.manual_seed(seed);

    public static Tensor get_rng_state() => random.get_rng_state();

    public static void set_rng_state(Tensor new_state) => random.set_rng_state(new_state);

    public static class random
    {
        /// <summary>Seeds the default generators, the CPU's and every GPU's, and gives the CPU's.</summary>
        public static Generator manual_seed(long seed)
        {
            NativeMethods.Check(NativeMethods.standin_manual_seed(seed));
            return Generator.Default();
        }

        public static Tensor get_rng_state()
        {
            using var generator = Generator.Default();
            return generator.get_state();
        }

        public static void set_rng_state(Tensor new_state)
        {
            using var generator = Generator.Default();
            generator.set_state(new_state);
        }
    }

    /// <summary>A stream of random numbers on the CPU.</summary>
    public class Generator : IDisposable
    {
        private IntPtr _handle;

        public Generator(ulong seed = 0, Device? device = null)
            : this(Make(seed, device))
        {
        }

        private Generator(IntPtr handle) => _handle = handle;

        ~Generator() => Dispose(false);

        internal IntPtr Handle => _handle != IntPtr.Zero ? _handle : throw new InvalidOperationException("Generator invalid -- empty handle.");

        public Generator manual_seed(long seed)
        {
            NativeMethods.Check(NativeMethods.standin_generator_seed(Handle, (ulong)seed));
            return this;
        }

        public long initial_seed()
        {
            var seed = NativeMethods.standin_generator_initial_seed(Handle);
            GC.KeepAlive(this);
            return (long)seed;
        }

        public Tensor get_state()
        {
            var state = NativeMethods.standin_generator_state(Handle);
            GC.KeepAlive(this);
            return new Tensor(NativeMethods.Check(state));
        }

        public void set_state(Tensor value)
        {
            NativeMethods.Check(NativeMethods.standin_set_generator_state(Handle, value.Handle));
            GC.KeepAlive(value);
            GC.KeepAlive(this);
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var handle = Interlocked.Exchange(ref _handle, IntPtr.Zero);
            if (handle != IntPtr.Zero)
                NativeMethods.standin_free_generator(handle);
        }

        internal static Generator Default() => new(NativeMethods.Check(NativeMethods.standin_default_generator()));

        private static IntPtr Make(ulong seed, Device? device)
        {
            if (device is { type: not DeviceType.CPU })
                throw new NotSupportedException($"the stand-in makes generators on the CPU only, not on {device}");
            return NativeMethods.Check(NativeMethods.standin_new_generator(seed));
        }
    }
}
