#!/usr/bin/env bash
# Set-up, tests, samples and benchmarks in one place. `./build.sh help` lists the commands.
# None of this is needed: plain `dotnet build`, `dotnet test` and `dotnet run --project samples/<Sample> -c Release` work too.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
solution=$root/VaeToolkit.sln

# A bare machine has no ICU, and leftover build nodes would keep a caller's pipe open.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT:-1}

usage() {
    cat <<'TEXT'
usage: ./build.sh <command>

  setup                   say what is missing, and install images to train on where that is possible
  demo [options]          set-up, then the main job: samples/TrainVae
  test [--all] [options]  set-up, then every test; options go to `dotnet test`; ends with `N passed, N failed`; --all adds those that need
                          ONNX Runtime, a browser or Open MPI (490 MB more to download)
  run <Sample> [options]  set-up, then one sample; without a name the samples are listed
  bench [options]         set-up, then the table beside PyTorch and plain TorchSharp; --quick takes one turn
  pack [options]          the packages of every library, with symbols, in artifacts/; options go to `dotnet pack`
  docs                    the pages and the API reference as a site, in artifacts/docs/index.html; a warning is an error
  help                    this text

environment:
  VAETOOLKIT_DATA=<folder>  where the image data is
  TorchNativePackage=<id>   the native package instead of the CPU's for this system: TorchSharp-cuda-linux, TorchSharp-cuda-windows
TEXT
}

say() { printf 'build.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# --- set-up ------------------------------------------------------------------------------------------------------------

require_dotnet() {
    local how='install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0'
    command -v dotnet >/dev/null || die "there is no 'dotnet' on the PATH; $how"
    local version
    version=$(cd "$root" && dotnet --version 2>&1) || die "'dotnet --version' failed ($version); $how"
    [[ ${version%%.*} =~ ^[0-9]+$ && ${version%%.*} -ge 10 ]] || die "dotnet is version $version, and 10 or later is needed; $how"
}

can_install() { [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; }

apt_install() {
    local log
    log=$(mktemp)
    say "installing with apt-get: $*"
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@")
    # The lists may be missing or stale, and then the first try fails.
    if "${install[@]}" >"$log" 2>&1 </dev/null ||
        { apt-get update -qq >"$log" 2>&1 </dev/null && "${install[@]}" >>"$log" 2>&1 </dev/null; }; then
        rm -f "$log"
    else
        tail -n 5 "$log" >&2
        say "apt-get failed; all it said is in $log"
        return 1
    fi
}

setup_data() {
    local folder=/usr/share/datasets/fashion-mnist package=dataset-fashion-mnist
    [[ -d $folder || -n ${VAETOOLKIT_DATA:-} || -d $root/data ]] && return
    if can_install && say 'missing: images to train on (Fashion-MNIST)' && apt_install "$package"; then return; fi
    say "no Fashion-MNIST here; samples use synthetic digits. To get it: sudo apt-get install $package, or see README.md, Data"
}

setup_browser() {
    local name
    for name in chromium chromium-browser google-chrome; do command -v "$name" >/dev/null && return; done
    if can_install && say 'missing: a browser for the tests of pages (Chromium)' && apt_install chromium; then return; fi
    say 'no Chromium here; the tests of pages are skipped. To get it: sudo apt-get install chromium'
}

setup_mpi() {
    command -v mpirun >/dev/null && return
    if can_install && say 'missing: Open MPI for the tests of ranks' && apt_install openmpi-bin; then return; fi
    say 'no Open MPI here; the tests of ranks that are processes are skipped. To get it: sudo apt-get install openmpi-bin'
}

setup() {
    require_dotnet
    setup_data
}

# --- commands ----------------------------------------------------------------------------------------------------------

samples() { find "$root/samples" -mindepth 2 -maxdepth 2 -name '*.csproj' -exec basename {} .csproj \; | sort; }

build() {
    local log status=0
    log=$(mktemp)
    say "building $(basename "$1")"
    dotnet build "$1" -c Release -v quiet -clp:NoSummary >"$log" 2>&1 </dev/null || status=$?
    # Of a build that went well only what the registry lacked is worth reading, such as NU1603, another version than the one asked for.
    if [[ $status -ne 0 ]]; then cat "$log"; else grep -o 'warning NU[0-9]*: .*' "$log" | sort -u; fi >&2 || true
    rm -f "$log"
    return "$status"
}

bench() {
    local project=$root/tests/VaeToolkit.Benchmarks/VaeToolkit.Benchmarks.csproj
    build "$project"
    dotnet run --project "$project" -c Release --no-build -- bench "$@"
}

run_sample() {
    local name=${1:-}
    [[ -n $name && $name != -* ]] || die "which sample? One of: $(samples | tr '\n' ' ')"
    shift
    local project=$root/samples/$name/$name.csproj
    [[ -f $project ]] || die "there is no sample '$name'; there are: $(samples | tr '\n' ' ')"
    setup
    build "$project"
    dotnet run --project "$project" -c Release --no-build -- "$@"
}

counted() {
    local number
    number=$(grep -o '<Counters [^>]*' "$1" | grep -o " $2=\"[0-9]*\"" | tr -dc '0-9') || true
    printf '%s' "${number:-0}"
}

# The failed tests of a result file with the first line of what each says: the console's own report may be far above, or cut off.
failures() {
    awk '/<UnitTestResult .*outcome="Failed"/ { match($0, / testName="[^"]*"/); name = substr($0, RSTART + 11, RLENGTH - 12) }
         name && /<Message>/ {
             sub(/.*<Message>/, ""); sub(/<\/Message>.*/, "")
             print "failed: " name ": " substr($0, 1, 500)
             name = ""
         }' "$1" |
        sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'"'"'/g; s/&#x.;//g; s/&amp;/\&/g'
}

# Sums the result files that the test projects write, so that neither a console format nor a language matters.
run_tests() {
    local results status=0 file passed=0 failed=0 skipped=0 total executed solutions=("$solution")
    [[ ${1:-} != --all ]] || { shift; setup_browser; setup_mpi; solutions+=("$root/tests/Engines.slnx"); }
    results=$(mktemp -d)
    # Tests end before code that was compiled once more by its profile has paid for that: a quarter of the work of a project of small tests.
    export DOTNET_TieredPGO=${DOTNET_TieredPGO:-0}
    for file in "${solutions[@]}"; do
        build "$file" || { status=$?; break; }
        # Two projects at a time: small tensors keep one core busy each, and more would take more memory than a small machine has.
        dotnet test "$file" -c Release --no-build -m:2 --logger trx --results-directory "$results" "$@" </dev/null || status=$?
    done
    while IFS= read -r file; do
        total=$(counted "$file" total) executed=$(counted "$file" executed)
        passed=$((passed + $(counted "$file" passed)))
        skipped=$((skipped + total - executed))
        failed=$((failed + executed - $(counted "$file" passed)))
        failures "$file"
    done < <(find "$results" -name '*.trx')
    rm -rf "$results"
    if [[ $((passed + failed)) -eq 0 ]]; then
        say 'no test ran'
        status=1
    elif [[ $status -ne 0 && $failed -eq 0 ]]; then
        say "'dotnet test' ended with $status although no test failed: a test project crashed or did not start;" \
            'it is counted as one failure'
    fi
    [[ $status -eq 0 || $failed -gt 0 ]] || failed=1
    [[ $failed -eq 0 || $status -ne 0 ]] || status=1
    printf '%d passed, %d failed' "$passed" "$failed"
    [[ $skipped -eq 0 ]] || printf ', %d skipped' "$skipped"
    printf '\n'
    return "$status"
}

build_docs() {
    cd "$root"
    dotnet tool restore >/dev/null
    # It has every library beside it, with what they stand on, and the programs of the pages.
    build tests/VaeToolkit.Docs.Tests
    local log
    log=$(mktemp)
    dotnet docfx docfx.json --warningsAsErrors "$@" | tee "$log"
    # Of the API's comments it warns all the same.
    ! grep -iq '^warning' "$log" || die 'a warning is an error'
    rm -f "$log"
    say "the site begins at $root/artifacts/docs/index.html"
}

command=${1:-help}
[[ $# -eq 0 ]] || shift
case $command in
    setup) setup; say 'ready' ;;
    demo) run_sample TrainVae "$@" ;;
    test) setup; run_tests "$@" ;;
    run) run_sample "$@" ;;
    pack) require_dotnet; exec dotnet pack "$solution" -c Release -o "$root/artifacts" "$@" ;;
    docs) require_dotnet; build_docs "$@" ;;
    bench) setup; bench "$@" ;;
    help | -h | --help) usage ;;
    *) usage >&2; die "there is no command '$command'" ;;
esac
