#!/usr/bin/env bash
# Checks the packages as an application gets them: packs all, looks at what each says of itself, then builds and runs the program of each
# package's README in a fresh project that knows nothing but a folder with the packages. Mixed versions must be refused. Nothing is left
# but what NuGet caches of other packages.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# A version of its own, so that no package of the same name is taken from the cache.
mine=0.0.0-check.$$
scratch=$(mktemp -d)
cache=${NUGET_PACKAGES:-$HOME/.nuget/packages}
trap 'rm -rf "$scratch" "$cache"/vaetoolkit.*/"$mine"*' EXIT
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
libtorch=$(sed -n 's:.*<LibTorchVersion [^>]*>\(.*\)</LibTorchVersion>.*:\1:p' "$root/Directory.Packages.props")
failed=0

say() { printf '%s\n' "$*"; }
fail() { say "FAILED: $*"; failed=1; }
quietly() { "$@" >"$scratch/log" 2>&1 </dev/null || { cat "$scratch/log"; return 1; }; }

# Packs what is named (the solution, or a project) with a version into the feed; a warning is a failure.
pack() {
    quietly dotnet pack "$1" -c Release -p:Version="$2" -o "$scratch/feed"
    ! grep -m 3 'warning' "$scratch/log" || fail "dotnet pack of $(basename "$1") warns"
}

# An application in a folder of its own: its packages are the arguments, its program comes from standard input.
application() {
    local folder=$1 references=
    shift
    for package in "$@"; do references+="<PackageReference Include=\"${package% *}\" Version=\"${package#* }\" />"; done
    mkdir -p "$scratch/$folder"
    cat >"$scratch/$folder/Program.cs"
    cat >"$scratch/$folder/nuget.config" <<XML
<configuration><packageSources><add key="check" value="$scratch/feed" /></packageSources></configuration>
XML
    cat >"$scratch/$folder/app.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <InvariantGlobalization>true</InvariantGlobalization>
    <AdaptTorchSharpToOlderLinux>true</AdaptTorchSharpToOlderLinux>
    <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
  </PropertyGroup>
  <ItemGroup>$references</ItemGroup>
</Project>
XML
}

# What a package's file must have in it.
inspect() {
    local package=$1 nuspec files symbols
    files=$(unzip -l "$scratch/feed/$package.$mine.nupkg") symbols=$(unzip -l "$scratch/feed/$package.$mine.snupkg")
    nuspec=$(unzip -p "$scratch/feed/$package.$mine.nupkg" "$package.nuspec")
    for element in description tags icon readme license projectUrl repository releaseNotes; do
        grep -q "<$element" <<<"$nuspec" || fail "$package has no $element"
    done
    for file in icon.png README.md "lib/net10.0/$package.xml"; do
        grep -q " $file$" <<<"$files" || fail "$package lacks $file"
    done
    grep -q " lib/net10.0/$package.pdb$" <<<"$symbols" || fail "$package has no symbols"
    ! grep 'id="VaeToolkit' <<<"$nuspec" | grep -v "version=\"\[$mine\]\"" || fail "$package does not ask for one version"
}

# The program of a package's README, and what it must print.
run_readme() {
    local package=$1 wanted=$2 native=("libtorch-cpu-linux-x64 $libtorch")
    # What does without torch must run without it.
    [[ $package != VaeToolkit.Survival ]] || native=()
    unzip -p "$scratch/feed/$package.$mine.nupkg" README.md | awk '/^```csharp/ { p = 1; next } /^```/ { p = 0 } p' |
        application "$package" "$package $mine" ${native[@]+"${native[@]}"}
    if (cd "$scratch/$package" && quietly dotnet run) && grep -qE -- "$wanted" "$scratch/log"; then
        say "$package: $(grep -E -m 1 -- "$wanted" "$scratch/log")"
    else
        fail "$package: the program of its README does not print '$wanted':"
        tail -n 5 "$scratch/log"
    fi
}

refuse() {
    local what=$1 wanted=$2
    if (cd "$scratch/$3" && dotnet build -p:TreatWarningsAsErrors=false) >"$scratch/log" 2>&1 </dev/null; then
        fail "$what: it builds"
    elif grep -q -- "$wanted" "$scratch/log"; then
        say "$what: refused"
    else
        fail "$what: no '$wanted' in:"
        tail -n 5 "$scratch/log"
    fi
}

pack "$root/VaeToolkit.sln" "$mine"
pack "$root/src/VaeToolkit.Core" "$mine.other"
for project in "$root"/src/VaeToolkit.*/PACKAGE.md; do inspect "$(basename "$(dirname "$project")")"; done
run_readme VaeToolkit.Core 'nats'
run_readme VaeToolkit.Mega 'first moments .*, second moments'
run_readme VaeToolkit.Boosting 'log q\(0\) = -[0-9.]+ nats'
run_readme VaeToolkit.SemiSupervised 'accuracy'
run_readme VaeToolkit.Survival 'median survival [0-9.]+'
run_readme VaeToolkit.DeepSurvival 'recommended: .+'
run_readme VaeToolkit.Volumes 'Dice 0\.[0-9]+'
run_readme VaeToolkit.WeightPriors 'loss [0-9.]+ at first, [0-9.]+ at last'
application mixed "VaeToolkit.Mega $mine" "VaeToolkit.Core $mine.other" </dev/null
refuse 'another version of Core' 'must have one version' mixed
exit "$failed"
