#!/usr/bin/env bash
# Two ranks with one thread each beside one process with two threads: `eng/bench-distributed.sh [rounds] [items a rank]`. They take
# turns, so that what else the machine does meets both; the efficiency is the median of the rounds' ratios. BIND=none lets ranks wander
# from core to core, as the threads of one process do.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${1:-5} items=${2:-500}
program=$root/tests/VaeToolkit.Benchmarks/bin/Release/net10.0/VaeToolkit.Benchmarks.dll
[[ -f $program ]] || { echo 'build first: dotnet build tests/VaeToolkit.Benchmarks -c Release' >&2; exit 1; }
launch=(mpirun --oversubscribe --bind-to "${BIND:-core}")
[[ $(id -u) -ne 0 ]] || launch+=(--allow-run-as-root)

step() { sed -nE 's/.*result: step = ([0-9.]+) ms.*/\1/p'; }
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

ratios=()
for ((round = 1; round <= rounds; round++)); do
    one=$(dotnet exec "$program" ranks --batch $((2 * items)) --threads 2 --epochs 4 | step)
    two=$("${launch[@]}" -n 2 dotnet exec "$program" ranks --batch $((2 * items)) --threads 1 --epochs 4 | step)
    ratios+=("$(awk -v a="$one" -v b="$two" 'BEGIN { printf "%.3f", a / b }')")
    echo "round $round: one process, two threads: $one ms a step; two ranks, one thread each: $two ms; efficiency ${ratios[-1]}"
done
echo "efficiency $(printf '%s\n' "${ratios[@]}" | median)"
