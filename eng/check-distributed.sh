#!/usr/bin/env bash
# Ranks over Open MPI when things break: `eng/check-distributed.sh kills [count]` kills a rank at a random moment, again and again, and
# goes on each time; `throws [count]` lets a rank throw in the middle of a step; `network` trains between network namespaces (as root) with
# limits, with delay, with loss, and with a cable that is pulled. All end with the outcome of an undisturbed run, to the last bit, or with
# an error.
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
        echo "kill $number of $count: ended after $ended ms, $(so_far) epochs so far"
        ((ended < 10000)) || { echo 'the other ranks did not end within ten seconds'; exit 1; }
        renew
    done
    ranks "$folder" "$epochs" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
    renew
    echo "$count kills, the slowest end after $slowest ms, $finished finished runs with the undisturbed one's bits, nothing lost"
}

# From the moment of the throw, which the rank tells, to the end of all.
throws() {
    local count=${1:-5} number begun ended slowest=0
    for ((number = 1; number <= count; number++)); do
        ! "${launch[@]}" -n 2 dotnet exec "$program" fails 1 >"$scratch/log" 2>&1 || { echo 'ranks of which one threw ended well'; exit 1; }
        ended=$(date +%s%3N)
        grep -E '^rank 1 of 2, on .* failed: InvalidDataException: the disk is gone' "$scratch/log" || { cat "$scratch/log"; exit 1; }
        begun=$(sed -nE 's/.*throws at ([0-9]+).*/\1/p' "$scratch/log")
        [[ $begun =~ ^[0-9]+$ ]] || { echo 'the rank did not tell when it threw:'; cat "$scratch/log"; exit 1; }
        ((ended - begun <= slowest)) || slowest=$((ended - begun))
        echo "throw $number of $count: ended after $((ended - begun)) ms"
        ((ended - begun < 10000)) || { echo 'the other ranks did not end within ten seconds'; exit 1; }
    done
    echo "$count throws, the slowest end after $slowest ms, with the rank's number and message each time"
}

# A run that has finished is compared, and another is begun, so that there is something to kill.
renew() {
    [[ -f $folder/outcome ]] || return 0
    same "$folder" || exit 1
    finished=$((finished + 1))
    mv "$folder" "$folder.finished-$finished"
    mkdir "$folder"
}

# Delay and loss are netem's where the kernel has it, and otherwise those of cables made for them.
network() {
    local epochs=30 limit fate
    launcher=
    undisturbed "$epochs"
    trap '[[ -z $launcher ]] || { kill "$launcher" 2>/dev/null; wait "$launcher" 2>/dev/null; }; network_down; rm -rf "$scratch"' EXIT
    network_up 2 "$scratch"
    launch+=("${network[@]}")
    # The last one's queue is so short that it drops packets.
    for limit in 'tbf rate 1gbit burst 256kb latency 50ms' 'tbf rate 100mbit burst 64kb latency 50ms' \
        'tbf rate 100mbit burst 1600 limit 1600'; do
        network_limit "$limit"
        disturbed "$limit"
        counted
    done
    network_limit ''
    launch+=("${watch[@]}")
    pulled_and_put_back
    pulled_for_good
    # Delay and its jitter in milliseconds, and loss in per cent, of what each rank sends.
    for fate in '5 2 0' '1 0 1' '5 2 1'; do
        # shellcheck disable=SC2086
        set -- $fate
        if network_limit "netem delay ${1}ms ${2}ms loss $3%" 2>/dev/null; then
            disturbed "netem, $1 ± $2 ms, loss $3 %"
            counted | tee "$scratch/counts"
        else
            network_down
            network_up 2 "$scratch" "--delay $1 --jitter $2 --loss $3"
            disturbed "cables, $1 ± $2 ms, loss $3 %"
            network_down
            tee "$scratch/counts" <"$scratch/cables"
            network_up 2 "$scratch"
        fi
        [[ $3 == 0 ]] || grep -qE '(lost|dropped) [1-9]' "$scratch/counts" || { echo 'nothing was lost'; exit 1; }
    done
}

counted() { tc -s -n vtrank1 qdisc show dev eth0 | sed -nE 's/ *Sent ([^(]*)\((dropped [0-9]+).*/sent \1\2/p'; }

disturbed() { # what is done to the network
    local begun=$SECONDS
    rm -rf "$scratch/disturbed"
    mkdir "$scratch/disturbed"
    ranks "$scratch/disturbed" "$epochs" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
    echo "$1: $((SECONDS - begun)) s"
    same "$scratch/disturbed"
}

pulled_and_put_back() {
    local folder=$scratch/put-back before begun
    pulled
    sleep 3
    (($(so_far) <= before + 1)) || { echo "it went on without a network, from epoch $before to $(so_far)"; exit 1; }
    network_heal
    wait "$launcher" || { cat "$scratch/log"; exit 1; }
    launcher=
    echo "cable pulled after $before of $epochs epochs, for 3 s: went on to the end"
    same "$folder"
}

pulled_for_good() {
    local folder=$scratch/for-good before begun
    command -v pgrep >/dev/null || { echo 'pgrep is missing (apt-get install procps)'; exit 1; }
    pulled
    while kill -0 "$launcher" 2>/dev/null || pgrep -f "^dotnet exec $program long $folder " >/dev/null; do
        ((SECONDS - begun < 20)) || { echo 'not all ranks ended within twenty seconds'; exit 1; }
        sleep 0.2
    done
    ! wait "$launcher" || { echo 'it ended well without a network'; exit 1; }
    launcher=
    echo "cable pulled after $before of $epochs epochs, for good: all ended $((SECONDS - begun)) s later, with the daemon lost" \
        "$(sed -nE 's/^ *Remote daemon: .*(on node .*)/\1/p' "$scratch/log")"
    network_heal
    ranks "$folder" "$epochs" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
    same "$folder"
}

# Who hears nothing from another machine for four seconds asks four times, and gives it up after a second each.
watch=(--mca oob_tcp_keepalive_time 4 --mca oob_tcp_keepalive_intvl 1 --mca oob_tcp_keepalive_probes 4)

# Begins to train, and pulls the second rank's cable in the middle.
pulled() {
    local tries
    mkdir "$folder"
    # Not by way of a function, so that it is mpirun that is ended with this script.
    "${launch[@]}" -n 2 dotnet exec "$program" long "$folder" "$epochs" >"$scratch/log" 2>&1 &
    launcher=$!
    for ((tries = 1200; tries > 0; tries--)); do
        before=$(so_far)
        ((before < 5)) || break
        sleep 0.05
    done
    network_cut
    begun=$SECONDS
    ((before >= 5 && before < epochs - 1)) || { echo "the cable was pulled after $before of $epochs epochs"; exit 1; }
}

# Epochs.
so_far() { { wc -l <"$folder/run/metrics.jsonl"; } 2>/dev/null || echo 0; }

case ${1:-} in
    kills) kills "${2:-20}" ;;
    throws) throws "${2:-5}" ;;
    network) network ;;
    *) echo 'usage: eng/check-distributed.sh kills [count] | throws [count] | network' >&2; exit 1 ;;
esac
