#!/usr/bin/env bash
# On a machine with an NVIDIA GPU: runs the tests that need one, the comparison with PyTorch on the same card, and trainings in
# float32, TF32 and bfloat16 for what they cost in nats, and writes what it saw as one markdown file. Needs .NET, the CUDA package of
# TorchSharp from the registry (TorchSharp-cuda-linux), and for the comparison MNIST (VAETOOLKIT_DATA) and a python3 with PyTorch for
# CUDA (PYTHON).
#   eng/gpu-check.sh [file.md]
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
report=$(realpath -m "${1:-gpu-check.md}")
status=0
command -v nvidia-smi >/dev/null || { echo "gpu-check.sh: there is no nvidia-smi, so no NVIDIA GPU to check" >&2; exit 1; }
export TorchNativePackage=${TorchNativePackage:-TorchSharp-cuda-linux} PYTHON=${PYTHON:-python3}
# Where no device is found the tests fail then, and are not skipped.
export VAETOOLKIT_NEEDS_CUDA=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en DOTNET_CLI_TELEMETRY_OPTOUT=1

section() {
    printf '\n## %s\n`%s`\n\n```text\n' "$1" "${*:2}"
    local ended=0
    "${@:2}" 2>&1 || ended=$?
    printf '```\nended with %d\n' "$ended"
    [[ $ended -eq 0 ]] || status=1
}

note() { printf '\n%s\n' "$1"; }

benchmark() { section "$1" dotnet run --project tests/VaeToolkit.Benchmarks -c Release -- "${@:2}"; }

trained() { benchmark "$1" train --device cuda --epochs 10 --nll 1000 "${@:2}"; }

cd "$root" || exit 1
{
    printf '# GPU check\n\n%s, commit %s\n' "$(date -u +%F)" "$(git rev-parse --short HEAD)"
    section 'The card' nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv
    for project in $(grep -rl --include='*.cs' '\[CudaFact\]' tests | cut -d/ -f2 | sort -u); do
        section "$project" dotnet test "tests/$project" -c Release --filter Category=Cuda
    done
    # A filter that finds none is no failure to dotnet.
    grep -qE '(Passed|Failed): +[1-9]' "$report" || { note 'No test was run.'; status=1; }
    benchmark 'Beside PyTorch and plain TorchSharp' bench --device cuda --rounds 3
    note 'Programs over the time limit are "not measured" there, which is no failure of the comparison.'
    trained 'Trained in float32'
    trained 'Trained in TF32' --tf32
    trained 'Trained in bfloat16' --bfloat16
    note 'One seed each, so differences below the scatter of seeds say nothing. TF32 holds for evaluation too; bfloat16 for training alone.'
} >"$report"
echo "gpu-check.sh: see $report"
exit "$status"
