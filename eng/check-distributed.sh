#!/usr/bin/env bash
# Ranks over Open MPI when things break: `eng/check-distributed.sh kills [count]` kills a rank at a random moment, again and again, and
# goes on each time; `eng/check-distributed.sh network` trains between network namespaces with delay and with loss (as root). Both end
# with the outcome of an undisturbed run, to the last bit, or with an error.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$root/tests/VaeToolkit.Distributed.Tests/bin/Release/net10.0/VaeToolkit.Distributed.Tests.dll
[[ -f $program ]] || { echo 'build first: dotnet build tests/VaeToolkit.Distributed.Tests -c Release' >&2; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
launch=(mpirun --oversubscribe)
# shellcheck source=eng/rank-network.sh
source "$root/eng/rank-network.sh"
[[ $(id -u) -ne 0 ]] || launch+=(--allow-run-as-root)

ranks() { # folder epochs
    "${launch[@]}" -n 2 dotnet exec "$program" long "$1" "$2"
}

undisturbed() { # epochs
    mkdir "$scratch/undisturbed"
    ranks "$scratch/undisturbed" "$1" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
}

same() { dotnet exec "$program" same "$scratch/undisturbed/outcome" "$1/outcome"; }

kills() {
    local count=${1:-20} epochs=300 folder=$scratch/killed launcher victim number begun ended slowest=0 missed=0 finished=0
    undisturbed "$epochs"
    mkdir "$folder"
    for ((number = 1; number <= count; number++)); do
        ranks "$folder" "$epochs" >"$scratch/log" 2>&1 &
        launcher=$!
        # From before MPI has begun to the middle of a training that has a checkpoint every few hundredths of a second.
        sleep "$((RANDOM % 5)).$((RANDOM % 10))"
        victim=$(pgrep -f "^dotnet exec $program long $folder " | shuf -n 1 || true)
        begun=$(date +%s%N)
        # Nobody to kill yet, or any more: it does not count.
        if [[ -z $victim ]] || ! kill -9 "$victim" 2>/dev/null; then
            wait "$launcher" 2>/dev/null || true
            renew
            number=$((number - 1)) missed=$((missed + 1))
            ((missed <= count)) || { echo 'there is never anybody to kill'; exit 1; }
            continue
        fi
        wait "$launcher" 2>/dev/null || true
        ended=$((($(date +%s%N) - begun) / 1000000))
        ((ended <= slowest)) || slowest=$ended
        echo "kill $number of $count: ended after $ended ms, $(cat "$folder/run/metrics.jsonl" 2>/dev/null | wc -l) epochs so far"
        ((ended < 10000)) || { echo 'the other ranks did not end within ten seconds'; exit 1; }
        renew
    done
    ranks "$folder" "$epochs" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
    renew
    echo "$count kills, the slowest end after $slowest ms, $finished finished runs with the undisturbed one's bits, nothing lost"
}

# A run that has finished is compared, and another is begun, so that there is something to kill.
renew() {
    [[ -f $folder/outcome ]] || return 0
    same "$folder" || exit 1
    finished=$((finished + 1))
    mv "$folder" "$folder.finished-$finished"
    mkdir "$folder"
}

network() {
    local epochs=40 limit tried=0
    undisturbed "$epochs"
    trap 'network_down; rm -rf "$scratch"' EXIT
    network_up 2 "$scratch"
    launch+=("${network[@]}")
    # The last one's queue is so short that it drops packets. Not every kernel has netem, which delays and loses them as it is told.
    for limit in 'tbf rate 1gbit burst 256kb latency 50ms' 'tbf rate 100mbit burst 64kb latency 50ms' 'netem delay 5ms 2ms' \
        'netem delay 1ms loss 1%' 'tbf rate 100mbit burst 1600 limit 1600'; do
        network_limit "$limit" 2>"$scratch/log" || { echo "$limit: not tried: $(cat "$scratch/log")"; continue; }
        rm -rf "$scratch/disturbed"
        mkdir "$scratch/disturbed"
        local begun=$SECONDS
        ranks "$scratch/disturbed" "$epochs" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
        # The counts go on over those of one kind.
        echo "$limit: $((SECONDS - begun)) s," \
            "$(tc -s -n vtrank1 qdisc show dev eth0 | sed -nE 's/ *Sent ([^(]*)\((dropped [0-9]+).*/sent \1\2/p')"
        same "$scratch/disturbed"
        tried=$((tried + 1))
    done
    ((tried > 0)) || { echo 'nothing was tried'; exit 1; }
}

case ${1:-} in
    kills) kills "${2:-20}" ;;
    network) network ;;
    *) echo 'usage: eng/check-distributed.sh kills [count] | network' >&2; exit 1 ;;
esac
