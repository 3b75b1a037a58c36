#!/usr/bin/env bash
# Runs our training loop and PyTorch's by turns, on the same data, settings and thread count, and prints a table.
# See `side_by_side.sh --help`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peer=${PYTORCH_PEER:-$here/peer/pytorch_vae.py}
python=${PYTHON:-/usr/bin/python3}
mode=time data=${VAETOOLKIT_DATA:-} rounds=5 epochs=3 batches='100 500' threads='1 2' seeds='0 1 2' workloads=

usage() {
    cat <<'TEXT'
usage: side_by_side.sh [time|family|nll|volume] [options]

  time    (default) median epoch seconds, ours and PyTorch's, and their ratio. PyTorch runs with GOMP_SPINCOUNT=0 and
          as many OpenBLAS threads as it is told to use, and, at the largest thread count, also as it comes. Then how far
          ours is above the floor: the matrix products' operations over the rate of one large product
  family  the same for IWAE with 50 samples, a convolutional VAE, a VampPrior with 500 pseudo-inputs and the likelihood of
          1000 images with 5000 samples, at the largest thread count (with the peer that is here), and their peak memory
  volume  a training step of the 3D U-Net with widths 8, 16, 32 on volumes of 32 voxels an edge, batch 2, for every thread count (with the
          peer that is here); needs no data
  nll     10 epochs, then the importance-sampled test NLL of 1000 images, for every seed

  --data <folder>      the folder with MNIST's files, or the one above its `mnist` (default: VAETOOLKIT_DATA)
  --peer <script>      the PyTorch program (default: PYTORCH_PEER, else peer/pytorch_vae.py)
  --rounds <n>         time: turns for each program and setting (5)
  --epochs <n>         epochs in each turn (time: 3, of which the first is left out; family: 10, of which the first half is, since .NET
                       compiles what runs often a second time and these epochs are short; nll: 10)
  --batches <list>     time: batch sizes ("100 500"); nll uses the first
  --threads <list>     time: thread counts ("1 2"); nll uses the last
  --seeds <list>       nll: seeds ("0 1 2")
  --workloads <list>   family: only some of iwae_50_20, iwae_50, conv_128, vamp_500 and nll_5000

PYTHON names the interpreter (default: Debian's /usr/bin/python3, with the package python3-torch).
TEXT
}

die() { printf 'side_by_side.sh: %s\n' "$*" >&2; exit 1; }

epochs_given=
while [[ $# -gt 0 ]]; do
    case $1 in
        time | family | nll | volume) mode=$1; shift; continue ;;
        -h | --help) usage; exit ;;
        *.py) peer=$1; shift; continue ;;
        --data | --peer | --rounds | --epochs | --batches | --threads | --seeds | --workloads) [[ $# -ge 2 ]] || die "$1 needs a value" ;;
        *) usage >&2; die "unknown option '$1'" ;;
    esac
    [[ $1 != --epochs ]] || epochs_given=1
    declare "${1#--}=$2"
    shift 2
done
[[ $mode != nll && $mode != family || -n $epochs_given ]] || epochs=10
left_out=1
[[ $mode != family ]] || left_out=$((epochs / 2))

if [[ $mode != volume ]]; then
    [[ -n $data ]] || die 'which data? Give --data <folder> or set VAETOOLKIT_DATA'
    [[ -f $data/train-images-idx3-ubyte.gz ]] || data=$data/mnist
    [[ -f $data/train-images-idx3-ubyte.gz ]] || die "there is no train-images-idx3-ubyte.gz in '${data%/mnist}' nor in '$data'"
    data=$(cd "$data" && pwd)
fi
"$python" -c 'import torch, numpy' 2>/dev/null || die "$python has no PyTorch; run: sudo apt-get install python3-torch python3-numpy"
[[ -f $peer ]] || die "there is no '$peer'"

built=$(dotnet build "$here/VaeToolkit.Benchmarks.csproj" -c Release -v quiet -clp:ErrorsOnly 2>&1) || die "$built"
program=$(dotnet msbuild "$here/VaeToolkit.Benchmarks.csproj" -p:Configuration=Release -getProperty:TargetPath)

ours() { dotnet "$program" train --data "$data" "$@"; }
# Called with `--threads n` first. OpenBLAS has a thread count of its own, which PyTorch's does not reach.
pytorch() { GOMP_SPINCOUNT=0 OPENBLAS_NUM_THREADS=$2 "$python" "$peer" --data "$data" "$@"; }
pytorch_as_it_comes() { env -u GOMP_SPINCOUNT -u OMP_WAIT_POLICY "$python" "$peer" --data "$data" "$@"; }

# Both programs print `epoch 2: 3.21 s, ...`; the first epochs pay for warming up.
seconds() {
    sed -n 's/^epoch \([0-9]*\): \([0-9.]*\) s.*/\1 \2/p' | awk -v from="$left_out" -v only="$epochs" '$1 > from || only == 1 { print $2 }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

machine() {
    printf 'machine: %s, %s cores; %s; .NET %s; PyTorch %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
        "$(. /etc/os-release && echo "$PRETTY_NAME")" "$(dotnet --version)" "$("$python" -c 'import torch; print(torch.__version__)')"
    printf 'peer: %s; load before: %s\n\n' "$(basename "$peer")" "$(cut -d' ' -f1-3 /proc/loadavg)"
}

compare_times() {
    local most=${threads##* } round batch count
    for round in $(seq "$rounds"); do
        for batch in $batches; do
            for count in $threads; do
                local settings=(--threads "$count" --batch "$batch" --epochs "$epochs" --seed "$round")
                ours "${settings[@]}" | seconds >>"$scratch/ours.$batch.$count"
                pytorch "${settings[@]}" | seconds >>"$scratch/quiet.$batch.$count"
                [[ $count != "$most" || $count == 1 ]] || pytorch_as_it_comes "${settings[@]}" | seconds >>"$scratch/spinning.$batch.$count"
            done
        done
        printf 'round %d of %d done\n' "$round" "$rounds" >&2
    done
    printf '| batch | threads | ours, s | PyTorch, s | PyTorch / ours | PyTorch as it comes, s | as it comes / ours |\n'
    printf '|--:|--:|--:|--:|--:|--:|--:|\n'
    for batch in $batches; do
        for count in $threads; do
            local own quiet spinning=
            own=$(median <"$scratch/ours.$batch.$count") quiet=$(median <"$scratch/quiet.$batch.$count")
            [[ ! -f $scratch/spinning.$batch.$count ]] || spinning=$(median <"$scratch/spinning.$batch.$count")
            awk -v b="$batch" -v t="$count" -v o="$own" -v q="$quiet" -v s="$spinning" 'BEGIN {
                printf "| %d | %d | %.2f | %.2f | %.2f | %s | %s |\n", b, t, o, q, q / o,
                    s == "" ? "" : sprintf("%.2f", s), s == "" ? "" : sprintf("%.2f", s / o) }'
        done
    done
    printf '\nMedian epoch seconds; the programs took turns, %d each. A ratio above 1 means that ours is faster.\n' "$rounds"
    # Not by way of `tee /dev/stderr`, which would empty a file that both outputs go to.
    local floor
    floor=$(dotnet "$program" floor --threads "$most")
    printf '%s\n' "$floor"
    floor=$(sed -n 's/^result: floor = \([0-9.]*\).*/\1/p' <<<"$floor")
    for batch in $batches; do
        printf 'result: over_floor_%s_%st = %s\n' "$batch" "$most" \
            "$(awk -v o="$(median <"$scratch/ours.$batch.$most")" -v f="$floor" 'BEGIN { printf "%.2f", o / f }')"
    done
    for batch in $batches; do
        for count in $threads; do
            ratio "mlp_${batch}_${count}t" "$scratch/ours.$batch.$count" "$scratch/quiet.$batch.$count"
        done
        [[ ! -f $scratch/spinning.$batch.$most ]] \
            || ratio "mlp_${batch}_as_it_comes" "$scratch/ours.$batch.$most" "$scratch/spinning.$batch.$most"
    done
}

# `result: ratio_<name> = <PyTorch's median over ours> (<its least and greatest over the turns>)`
ratio() {
    printf 'result: ratio_%s = %s (%s)\n' "$1" "$(awk -v o="$(median <"$2")" -v p="$(median <"$3")" 'BEGIN { printf "%.2f", p / o }')" \
        "$(paste "$2" "$3" | awk '{ r = $2 / $1; if (NR == 1 || r < a) a = r; if (r > b) b = r } END { printf "%.2f to %.2f", a, b }')"
}

peak_megabytes() { sed -n 's/^peak memory \([0-9]*\) MB$/\1/p'; }
likelihood_seconds() { sed -n 's/^NLL.* \([0-9.]*\) s$/\1/p'; }

compare_family() {
    local most=${threads##* } round name own
    peer=$here/peer/pytorch_vae.py
    declare -A settings_of=(
        [iwae_50_20]="--importance 50 --batch 20 --items 600" [iwae_50]="--importance 50 --batch 100 --items 2000"
        [conv_128]="--conv --batch 128 --items 2560" [vamp_500]="--vamp 500 --batch 100 --items 6000"
        [nll_5000]="--batch 500 --items 500 --nll 1000 --nll-samples 5000")
    for name in ${workloads:=${!settings_of[*]}}; do
        [[ -n ${settings_of[$name]:-} ]] || die "there is no workload '$name'; there are ${!settings_of[*]}"
    done
    for round in $(seq "$rounds"); do
        for name in $workloads; do
            local settings=(--threads "$most" --epochs "$epochs" --seed "$round") read=seconds
            read -ra extra <<<"${settings_of[$name]}"
            [[ $name != nll_* ]] || read=likelihood_seconds
            ours "${settings[@]}" "${extra[@]}" >"$scratch/output.ours"
            pytorch "${settings[@]}" "${extra[@]}" >"$scratch/output.quiet"
            for own in ours quiet; do
                "$read" <"$scratch/output.$own" >>"$scratch/$own.$name"
                peak_megabytes <"$scratch/output.$own" >>"$scratch/memory.$own.$name"
            done
        done
        printf 'round %d of %d done\n' "$round" "$rounds" >&2
    done
    for name in $workloads; do
        printf '%s (%s): ours %s s and %s MB, PyTorch %s s and %s MB\n' "$name" "${settings_of[$name]}" \
            "$(median <"$scratch/ours.$name")" "$(median <"$scratch/memory.ours.$name")" \
            "$(median <"$scratch/quiet.$name")" "$(median <"$scratch/memory.quiet.$name")"
    done
    for name in $workloads; do ratio "$name" "$scratch/ours.$name" "$scratch/quiet.$name"; done
}

compare_volumes() {
    local round count step='s/^step: \([0-9.]*\) s.*/\1/p'
    peer=$here/peer/pytorch_unet3d.py
    for round in $(seq "$rounds"); do
        for count in $threads; do
            dotnet "$program" volume --threads "$count" --seed "$round" | tee "$scratch/output" | sed -n "$step" >>"$scratch/ours.$count"
            peak_megabytes <"$scratch/output" >>"$scratch/memory.ours.$count"
            GOMP_SPINCOUNT=0 OPENBLAS_NUM_THREADS=$count "$python" "$peer" --threads "$count" --seed "$round" \
                | tee "$scratch/output" | sed -n "$step" >>"$scratch/quiet.$count"
            peak_megabytes <"$scratch/output" >>"$scratch/memory.quiet.$count"
        done
        printf 'round %d of %d done\n' "$round" "$rounds" >&2
    done
    for count in $threads; do
        printf '%d threads: ours %s s a step and %s MB, PyTorch %s s and %s MB\n' "$count" \
            "$(median <"$scratch/ours.$count")" "$(median <"$scratch/memory.ours.$count")" \
            "$(median <"$scratch/quiet.$count")" "$(median <"$scratch/memory.quiet.$count")"
    done
    for count in $threads; do ratio "unet3d_${count}t" "$scratch/ours.$count" "$scratch/quiet.$count"; done
    ratio unet3d "$scratch/ours.${threads%% *}" "$scratch/quiet.${threads%% *}"
}

compare_likelihoods() {
    local seed batch=${batches%% *} count=${threads##* } own other
    printf '| seed | ours, nats | PyTorch, nats | ours - PyTorch |\n|--:|--:|--:|--:|\n'
    for seed in $seeds; do
        local settings=(--threads "$count" --batch "$batch" --epochs "$epochs" --seed "$seed" --nll 1000)
        own=$(ours "${settings[@]}" | sed -n 's/^NLL \([0-9.]*\).*/\1/p')
        other=$(pytorch "${settings[@]}" | sed -n 's/^NLL \([0-9.]*\).*/\1/p')
        [[ -n $own && -n $other ]] || die "a program printed no NLL line (ours: '$own', PyTorch: '$other')"
        awk -v s="$seed" -v o="$own" -v p="$other" 'BEGIN { printf "| %d | %.3f | %.3f | %+.3f |\n", s, o, p, o - p }' \
            | tee -a "$scratch/rows"
    done
    awk -F'|' '{ o += $3; p += $4; n++ } END { printf "| mean | %.3f | %.3f | %+.3f |\n", o / n, p / n, (o - p) / n }' "$scratch/rows"
    printf '\nNLL of the first 1000 test images, 500 importance samples, after %d epochs with batch %d and %d threads.\n' \
        "$epochs" "$batch" "$count"
}

machine
case $mode in
    nll) compare_likelihoods ;;
    family) compare_family ;;
    volume) compare_volumes ;;
    *) compare_times ;;
esac
