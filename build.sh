#!/usr/bin/env bash
# Set-up, tests, samples and benchmarks in one place. `./build.sh help` lists the commands.
# Where the registry has the TorchSharp package, none of this is needed: plain `dotnet build`, `dotnet test` and `dotnet run` work.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
engine_file=$root/.torch-engine
solution=$root/VaeToolkit.sln

# A bare machine has no ICU, and leftover build nodes would keep a caller's pipe open.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT:-1}

usage() {
    cat <<'TEXT'
usage: ./build.sh <command>

  setup [--again]         install what is missing and find out which TorchSharp this machine can have;
                          --again asks the package registry once more
  demo [options]          set-up, then the main job: samples/TrainVae
  test [options]          set-up, then every test; options go to `dotnet test`; ends with `N passed, N failed`
  run <Sample> [options]  set-up, then one sample; without a name the samples are listed
  bench [options]         set-up, then the table beside PyTorch (tests/VaeToolkit.Benchmarks/side_by_side.sh)
  help                    this text

environment:
  TORCH_ENGINE=package|standin  use this TorchSharp for this run, whatever was remembered
  LIBTORCH=<folder>             a libtorch (with include/ and lib/) for the stand-in, instead of the system's
  CXX=<compiler>                the C++ compiler for the stand-in, instead of g++
  VAETOOLKIT_DATA=<folder>      where the image data is
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

# Restores a throw-away project that asks for TorchSharp at the version of Directory.Packages.props. A package that is
# already in the local cache counts as available.
registry_has() {
    local package=$1 seconds=$2 folder status=0
    folder=$(mktemp -d)
    cat >"$folder/probe.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageReference Include="$package" /></ItemGroup>
</Project>
XML
    [[ -f $root/nuget.config ]] && cp "$root/nuget.config" "$folder/"
    timeout "$seconds" dotnet restore "$folder/probe.csproj" -p:DirectoryPackagesPropsPath="$root/Directory.Packages.props" \
        >"$folder/log" 2>&1 </dev/null || status=$?
    if [[ $status -ne 0 ]]; then
        [[ $status -eq 124 ]] && say "the registry did not deliver $package in $seconds seconds"
        say "the registry says: $(grep -o 'NU[0-9]*: .*' "$folder/log" | sort -u | head -n 1)"
    fi
    rm -rf "$folder"
    return "$status"
}

# Sets $engine. The order: TORCH_ENGINE, what was remembered, the registry's answer.
choose_engine() {
    if [[ -n ${TORCH_ENGINE:-} ]]; then
        engine=$TORCH_ENGINE
        [[ $engine == package || $engine == standin ]] || die "TORCH_ENGINE is '$engine'; it must be 'package' or 'standin'"
        say "TorchSharp: $engine (from TORCH_ENGINE)"
    elif [[ -s $engine_file && ${1:-} != --again ]]; then
        engine=$(tr -d '[:space:]' <"$engine_file")
        [[ $engine == package || $engine == standin ]] || die "$engine_file says '$engine'; run './build.sh setup --again'"
    else
        say 'asking the package registry for TorchSharp, once'
        # The second package holds the native library: several hundred MB, fetched once, and needed by every test and sample.
        if registry_has TorchSharp 120 && say 'it has TorchSharp; fetching TorchSharp-cpu, which is large' \
            && registry_has TorchSharp-cpu 1800; then
            engine=package
        else
            engine=standin
        fi
        printf '%s\n' "$engine" >"$engine_file.new" && mv "$engine_file.new" "$engine_file"
        say "TorchSharp: $engine (remembered in .torch-engine; './build.sh setup --again' asks again)"
    fi
    export TorchEngine=$engine    # MSBuild reads it as a property, so every dotnet command below agrees
}

can_install() { [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; }

apt_install() {
    local log
    log=$(mktemp)
    say "installing with apt-get: $*"
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@")
    # The lists may be missing or stale, and then the first try fails.
    if "${install[@]}" >"$log" 2>&1 </dev/null \
        || { apt-get update -qq >"$log" 2>&1 </dev/null && "${install[@]}" >>"$log" 2>&1 </dev/null; }; then
        rm -f "$log"
    else
        tail -n 5 "$log" >&2
        say "apt-get failed; all it said is in $log"
        return 1
    fi
}

# Fails with the command that a person would have to run.
require_packages() {
    local reason=$1
    shift
    say "missing: $reason"
    can_install && apt_install "$@" && return
    local command="sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
    command -v apt-get >/dev/null || die "this machine has no apt-get; install the equivalents of: $* (on Debian: $command)"
    die "it could not be installed from here; run: $command"
}

has_libtorch() {
    if [[ -n ${LIBTORCH:-} ]]; then
        [[ -f $LIBTORCH/include/ATen/ATen.h ]] \
            || die "LIBTORCH is '$LIBTORCH', but '$LIBTORCH/include/ATen/ATen.h' is not there; point it at an unpacked libtorch"
        return
    fi
    [[ -f /usr/include/ATen/ATen.h ]]
}

setup_standin() {
    local packages=() reasons=()
    if ! command -v "${CXX:-g++}" >/dev/null; then
        [[ -z ${CXX:-} ]] || die "CXX is '$CXX', and there is no such command"
        packages+=(g++) reasons+=('a C++ compiler, for the native half of the TorchSharp stand-in')
    fi
    if ! has_libtorch; then
        # OpenBLAS beside it: the reference BLAS that libtorch would otherwise pull in is many times slower.
        packages+=(libtorch-dev libopenblas0-pthread) reasons+=('libtorch, which the TorchSharp stand-in runs on')
    fi
    [[ ${#packages[@]} -eq 0 ]] || require_packages "$(printf '%s; ' "${reasons[@]}" | sed 's/; $//')" "${packages[@]}"
}

setup_data() {
    local folder=/usr/share/datasets/fashion-mnist package=dataset-fashion-mnist
    [[ -d $folder || -n ${VAETOOLKIT_DATA:-} || -d $root/data ]] && return
    if can_install && say 'missing: images to train on (Fashion-MNIST)' && apt_install "$package"; then return; fi
    say "no Fashion-MNIST here; samples use synthetic digits. To get it: sudo apt-get install $package, or see README.md, Data"
}

setup() {
    require_dotnet
    choose_engine "$@"
    [[ $engine == package ]] || setup_standin
    setup_data
}

# --- commands ----------------------------------------------------------------------------------------------------------

samples() { find "$root/samples" -mindepth 2 -maxdepth 2 -name '*.csproj' -exec basename {} .csproj \; | sort; }

build() {
    local log status=0
    log=$(mktemp)
    say "building $(basename "$1")"
    dotnet build "$1" -c Release -v quiet -clp:ErrorsOnly >"$log" 2>&1 </dev/null || status=$?
    [[ $status -eq 0 ]] || cat "$log" >&2
    rm -f "$log"
    return "$status"
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
         name && /<Message>/ { sub(/.*<Message>/, ""); sub(/<\/Message>.*/, "")
             print "failed: " name ": " substr($0, 1, 500); name = "" }' "$1" |
        sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&apos;/'"'"'/g; s/&#x.;//g; s/&amp;/\&/g'
}

# Sums the result files that the test projects write, so that neither a console format nor a language matters.
run_tests() {
    local results status=0 file passed=0 failed=0 skipped=0 total executed
    results=$(mktemp -d)
    build "$solution" || status=$?
    # One project at a time: each of them uses every core already.
    [[ $status -ne 0 ]] || dotnet test "$solution" -c Release --no-build -m:1 --logger trx \
        --results-directory "$results" "$@" </dev/null || status=$?
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

command=${1:-help}
[[ $# -eq 0 ]] || shift
case $command in
    setup) setup "$@"; say 'ready' ;;
    demo) run_sample TrainVae "$@" ;;
    test) setup; run_tests "$@" ;;
    run) run_sample "$@" ;;
    bench) setup; exec "$root/tests/VaeToolkit.Benchmarks/side_by_side.sh" "$@" ;;
    help | -h | --help) usage ;;
    *) usage >&2; die "there is no command '$command'" ;;
esac
