#!/usr/bin/env bash
# A study that is killed again and again: `eng/check-studies.sh [count]` starts TamingVaes with two workers, kills it at a random moment,
# by turns alone, so that its workers live on, and with them, and starts it again, until it was killed so often. Every finished study has
# the figures of an undisturbed one to the last digit.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$root/samples/TamingVaes/bin/Release/net10.0/TamingVaes.dll
[[ -f $program ]] || { echo 'build first: dotnet build samples/TamingVaes -c Release' >&2; exit 1; }
scratch=$(mktemp -d)
pid=
# A study has a group of its own, which would go on without this script.
trap '[[ -z $pid ]] || kill -9 -- "-$pid" 2>/dev/null || true; rm -rf "$scratch"' EXIT

study() { exec dotnet exec "$program" --data synthetic --short --seeds 2 --processes 2 --resume --out "$1"; }

# Without what the clock says.
figures() { (cd "$1" && grep -rE '"' --include=record.json . | grep -viE '"[a-z_]*seconds' | sort); }

finished() { # folder
    diff <(figures "$scratch/undisturbed") <(figures "$1") || { echo 'other figures than the undisturbed study'; exit 1; }
}

count=${1:-10}
(study "$scratch/undisturbed") >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
[[ -n $(figures "$scratch/undisturbed") ]] || { echo 'the undisturbed study has no figures'; exit 1; }
folder=$scratch/killed-1 studies=0
for ((number = 1; number <= count; number++)); do
    setsid bash -c "$(declare -f study); program=\$1; study \"\$2\"" - "$program" "$folder" >"$scratch/log" 2>&1 &
    pid=$!
    sleep "$((3 + RANDOM % 30)).$((RANDOM % 10))"
    # A group, since a killed study does not take its workers with it.
    if ((number % 2)); then victim=$pid what='it alone'; else victim=-$pid what='it and its workers'; fi
    if ! kill -9 -- "$victim" 2>/dev/null; then
        wait "$pid" || { cat "$scratch/log"; exit 1; }
        number=$((number - 1))
    else
        wait "$pid" 2>/dev/null || true
        records=$({ find "$folder" -name record.json 2>/dev/null || true; } | sort)
        echo "kill $number of $count, $what: $(grep -c . <<<"$records" || true) of 8 runs are recorded"
        continue
    fi
    finished "$folder"
    studies=$((studies + 1)) folder=$scratch/killed-$((studies + 2))
done
(study "$folder") >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
finished "$folder"
echo "$count kills; $((studies + 1)) finished studies with the undisturbed one's figures"
