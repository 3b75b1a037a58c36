namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Stands between a module and its typed forms as in TorchSharp; the stand-in has no hooks.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            protected HookableModule(string name)
                : base(name)
            {
            }
        }
    }
}
