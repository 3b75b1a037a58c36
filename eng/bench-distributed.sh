#!/usr/bin/env bash
# Two ranks with one thread each beside one process with two threads: `eng/bench-distributed.sh [rounds] [items a rank]`. They take
# turns, so that what else the machine does meets both; the efficiency is the median of the rounds' ratios. BIND=none lets ranks wander
# from core to core, as the threads of one process do.
# `eng/bench-distributed.sh network mlp 500` (as root): steps of that model with so many items a rank, by 2 and 4 ranks between which a
# network of 1 Gbit/s and of 100 Mbit/s is, beside what the model of docs/distributed.md says, given the step without a limit and what
# these ranks measure of the network with one buffer of 8 MB: the fastest of ROUNDS (5) in which no limit and the two take turns, since
# what else the machine does only adds. RANKS=4 has four alone.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$root/tests/VaeToolkit.Benchmarks/bin/Release/net10.0/VaeToolkit.Benchmarks.dll
[[ -f $program ]] || { echo 'build first: dotnet build tests/VaeToolkit.Benchmarks -c Release' >&2; exit 1; }
launch=(mpirun --oversubscribe)
[[ $(id -u) -ne 0 ]] || launch+=(--allow-run-as-root)

result() { sed -nE "s/.*result: $1 = ([0-9.]+) ms.*/\\1/p"; }
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
fastest() { sort -n | head -n 1; }
reckon() { awk "BEGIN { printf \"%.3f\", $1 }"; }

efficiency() {
    local rounds=${1:-5} items=${2:-500} round one two ratios=()
    for ((round = 1; round <= rounds; round++)); do
        one=$(dotnet exec "$program" ranks --batch $((2 * items)) --threads 2 | result step)
        two=$("${launch[@]}" --bind-to "${BIND:-core}" -n 2 dotnet exec "$program" ranks --batch $((2 * items)) --threads 1 | result step)
        ratios+=("$(reckon "$one / $two")")
        echo "round $round: one process, two threads: $one ms a step; two ranks, one thread each: $two ms; efficiency ${ratios[-1]}"
    done
    echo "efficiency $(printf '%s\n' "${ratios[@]}" | median)"
}

network() {
    local model=$1 items=$2 size=8388608 rate ranks round reckoned alone step steps forecast own unlimited second log
    declare -A bytes=([mlp]=2746000 [conv]=8796000 [unet]=284000)
    # shellcheck source=eng/rank-network.sh
    source "$root/eng/rank-network.sh"
    scratch=$(mktemp -d)
    trap 'network_down; rm -rf "$scratch"' EXIT
    for ranks in ${RANKS:-2 4}; do
        # What a rank sends is reckoned for a power of two.
        ((ranks > 1 && (ranks & (ranks - 1)) == 0)) || { echo "RANKS is $ranks; it must be 2, 4, 8 and so on" >&2; return 2; }
        network_up "$ranks" "$scratch"
        rm -f "$scratch"/*.exchange "$scratch"/*.step
        for ((round = 1; round <= ${ROUNDS:-5}; round++)); do
            for rate in none 1000 100; do
                limit "$rate"
                steps=24
                [[ $rate != 100 ]] || steps=12
                log=$(over "$ranks" ranks --model "$model" --batch $((ranks * items)) --threads 1 --steps $steps --bytes $size)
                result exchange <<<"$log" >>"$scratch/$rate.exchange"
                result step <<<"$log" >>"$scratch/$rate.step"
                echo "round $round, $ranks ranks, $rate Mbit/s, load $(cut -d' ' -f1 /proc/loadavg): $size bytes in" \
                    "$(tail -n 1 "$scratch/$rate.exchange") ms, a step $(tail -n 1 "$scratch/$rate.step") ms"
            done
        done
        alone=$(fastest <"$scratch/none.step")
        unlimited=$(fastest <"$scratch/none.exchange")
        echo "$model, $ranks ranks, no limit: $alone ms a step"
        for rate in 1000 100; do
            own=$(fastest <"$scratch/$rate.exchange")
            # Each rank sends and gets all but its own part, once to add up and once to collect.
            second=$(reckon "($own - $unlimited) * 1e6 / $size / (2 * ($ranks - 1) / $ranks)")
            forecast=$(dotnet exec "$program" forecast --ranks "$ranks" --bytes "${bytes[$model]}" --byte "$second" | result exchange)
            step=$(fastest <"$scratch/$rate.step")
            reckoned=$(reckon "$alone + $forecast")
            echo "$model, $ranks ranks, $rate Mbit/s: $second ns a byte for the limit, $step ms a step, by the model $reckoned ms," \
                "off by $(reckon "100 * ($reckoned / $step - 1)") %"
        done
        network_down
    done
}

# A burst of two milliseconds: what was saved up between steps would let the gradients of a small network through without a limit.
limit() { [[ $1 == none ]] && network_limit '' || network_limit "tbf rate ${1}mbit burst $((8 + $1 / 4))kb latency 50ms"; }

# Ranks of one machine would all be bound to its first core, since each takes itself for a machine; who waits lets others work.
over() { # ranks, the program's arguments
    # shellcheck disable=SC2016
    "${launch[@]}" "${network[@]}" --mca btl_tcp_links "${LINKS:-2}" --mca mpi_yield_when_idle 1 --bind-to none -n "$1" \
        sh -c 'exec taskset -c $((OMPI_COMM_WORLD_RANK % $(nproc))) "$@"' sh dotnet exec "$program" "${@:2}"
}

case ${1:-} in
    network) network "${2:-mlp}" "${3:-500}" ;;
    *) efficiency "$@" ;;
esac
