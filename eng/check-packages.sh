#!/usr/bin/env bash
# Checks the packages as applications get them, outside of the repository and from a folder with nothing but our packages: looks at what
# each says of itself; builds and runs the program of each package's README; one program with every library, also published trimmed, as a
# single file and by the native ahead-of-time compiler; the README's program of one file; and mixed versions, which must be refused. What
# programs print must be what the page shows, decimal numbers aside, which differ between processors. Nothing is left but what NuGet caches
# of other packages.
#
#   eng/check-packages.sh [--no-build]     with --no-build the libraries' Release outputs are taken as they are
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# A version of its own, so that no package of the same name is taken from the cache.
mine=0.0.0-check.$$
scratch=$(mktemp -d)
apps=$scratch/apps feed=$scratch/feed
cache=${NUGET_PACKAGES:-$HOME/.nuget/packages}
trap 'rm -rf "$scratch" "$cache"/vaetoolkit.*/"$mine"*' EXIT
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
libtorch=libtorch-cpu-linux-x64@$(sed -n 's:.*<LibTorchVersion [^>]*>\(.*\)</LibTorchVersion>.*:\1:p' "$root/Directory.Packages.props")
linker=$(command -v clang || command -v gcc || true)
libraries=()
for page in "$root"/src/*/PACKAGE.md; do libraries+=("$(basename "$(dirname "$page")")"); done
failed=0

say() { printf '%s\n' "$*"; }
fail() { say "FAILED: $*"; failed=1; }
took() { say "-- $1: $((SECONDS - ${2:-0})) s"; }
# Runs a command whose output matters only where it fails; a log of its own, since two may run at once.
quietly() {
    local log
    log=$(mktemp -p "$scratch")
    "$@" >"$log" 2>&1 </dev/null || { cat "$log"; return 1; }
    ! grep -m 5 ' warning ' "$log" || return 1
}

# --- packages ----------------------------------------------------------------------------------------------------------

pack() {
    local projects build=NoBuild=true\;BuildProjectReferences=false
    printf -v projects '%s;' "${libraries[@]/#/$root/src/}" "$root/src/VaeToolkit.OneVersion"
    [[ ${1:-} == --no-build ]] || build=NoBuild=false
    cat >"$scratch/pack.proj" <<XML
<Project DefaultTargets="Pack">
  <PropertyGroup><Settings>Configuration=Release;PackageOutputPath=$feed;$build</Settings></PropertyGroup>
  <ItemGroup>
    <Folder Include="$projects" />
    <Library Include="@(Folder->'%(Identity)/%(Filename)%(Extension).csproj')" />
  </ItemGroup>
  <Target Name="Pack">
    <MSBuild Projects="@(Library)" Targets="Restore" Properties="\$(Settings)" Condition="'$build' == 'NoBuild=false'" />
    <MSBuild Projects="@(Library)" Targets="Pack" Properties="\$(Settings);PackageVersion=$mine" BuildInParallel="true" />
    <ItemGroup>
      <Other Include="VaeToolkit.OneVersion;VaeToolkit.Core;VaeToolkit.Boosting" />
    </ItemGroup>
    <MSBuild Projects="@(Other->'$root/src/%(Identity)/%(Identity).csproj')"
             Targets="Pack" Properties="\$(Settings);PackageVersion=$mine.other" />
  </Target>
</Project>
XML
    quietly dotnet msbuild "$scratch/pack.proj" -m -v:m
}

# What a package's file must have in it.
inspect() {
    local package=$1 nuspec files symbols
    files=$(unzip -l "$feed/$package.$mine.nupkg") symbols=$(unzip -l "$feed/$package.$mine.snupkg")
    nuspec=$(unzip -p "$feed/$package.$mine.nupkg" "$package.nuspec")
    for element in description tags icon readme license projectUrl repository releaseNotes; do
        grep -q "<$element" <<<"$nuspec" || fail "$package has no $element"
    done
    for file in icon.png README.md "lib/net10.0/$package.xml"; do
        grep -q " $file$" <<<"$files" || fail "$package lacks $file"
    done
    grep -q " lib/net10.0/$package.pdb$" <<<"$symbols" || fail "$package has no symbols"
    # SourceLink has an address to point to only where the origin is one.
    if [[ $(git -C "$root" remote get-url origin 2>/dev/null) == https://github.com/* ]]; then
        unzip -p "$feed/$package.$mine.snupkg" "lib/net10.0/$package.pdb" | grep -qa raw.githubusercontent.com ||
            fail "$package has no SourceLink"
    fi
    ! grep 'id="VaeToolkit' <<<"$nuspec" | grep -v "version=\"\[$mine\]\"" || fail "$package does not ask for one version"
}

# --- applications ------------------------------------------------------------------------------------------------------

# The n-th block of a language in a page; '' is a block without one.
block() {
    awk -v fence="\`\`\`$2" -v n="$3" '/^```/ { open = !open; p = open && $0 == fence && ++seen == n; next } p' "$1"
}

# An application in a folder of its own: properties, then packages as id@version; its program comes from standard input.
application() {
    local folder=$apps/$1 properties=$2 references=
    shift 2
    for package in "$@"; do references+="<PackageReference Include=\"${package%@*}\" Version=\"${package#*@}\" />"; done
    mkdir -p "$folder"
    cat >"$folder/Program.cs"
    say "<Project Sdk=\"Microsoft.NET.Sdk\">
  <PropertyGroup>$properties</PropertyGroup>
  <ItemGroup>$references</ItemGroup>
</Project>" >"$folder/$(basename "$folder").csproj"
}

write_applications() {
    local packages=("${libraries[@]/%/@$mine}") native
    mkdir -p "$apps"
    say "<configuration><packageSources><add key=\"check\" value=\"$feed\" /></packageSources></configuration>" >"$apps/nuget.config"
    say '<Project>
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <InvariantGlobalization>true</InvariantGlobalization>
    <AdaptTorchSharpToOlderLinux>true</AdaptTorchSharpToOlderLinux>
    <NuGetAudit>false</NuGetAudit>
    <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
    <CreateHardLinksForPublishFilesIfPossible>true</CreateHardLinksForPublishFilesIfPossible>
  </PropertyGroup>
</Project>' >"$apps/Directory.Build.props"
    for library in "${libraries[@]}"; do
        # What does without torch must run without it.
        native=("$libtorch")
        [[ $library != VaeToolkit.Survival ]] || native=()
        block "$root/src/$library/PACKAGE.md" csharp 1 | application "${library#*.}" '' "$library@$mine" ${native[@]+"${native[@]}"}
    done
    # TorchSharp's own warnings, one for its assembly; ours would be errors.
    local published="<RuntimeIdentifier>linux-x64</RuntimeIdentifier><NoWarn>IL2104;IL3053;IL3000</NoWarn>"
    application every '' "${packages[@]}" "$libtorch" <"$root/eng/packages/every.cs"
    application trimmed "$published<PublishTrimmed>true</PublishTrimmed>" "${packages[@]}" "$libtorch" <"$root/eng/packages/every.cs"
    [[ -z $linker ]] || application native "$published<PublishAot>true</PublishAot><CppCompilerAndLinker>$linker</CppCompilerAndLinker>" \
        "${packages[@]}" "$libtorch" <"$root/eng/packages/every.cs"
    findings "$(printf '<TrimmerRootAssembly Include="%s" />' "${libraries[@]}")" >"$apps/trimmed/Directory.Build.targets"
    [[ -z $linker ]] || findings >"$apps/native/Directory.Build.targets"
    application single "$published<PublishSingleFile>true</PublishSingleFile><SelfContained>false</SelfContained>" \
        "${packages[@]}" "$libtorch" <"$root/eng/packages/every.cs"
    application mixed '' "VaeToolkit.Mega@$mine" "VaeToolkit.Core@$mine.other" </dev/null
    application siblings '' "VaeToolkit.Mega@$mine" "VaeToolkit.Boosting@$mine.other" </dev/null
    mkdir "$apps/one-file"
    block "$root/README.md" csharp 2 | sed "s/^\(#:package VaeToolkit[^@]*@\).*/\1$mine/" >"$apps/one-file/vae.cs"
}

# Has the linker and the native compiler say what they find in each method of our libraries. The linker looks at all of them, called or not,
# which takes it a few seconds; the native program has only those that are called, so it is the one that shows what trimming leaves.
findings() {
    cat <<XML
<Project>
  <ItemGroup>${1:-}</ItemGroup>
  <Target Name="NameFindings" BeforeTargets="PrepareForILLink" DependsOnTargets="_ComputeManagedAssemblyToLink">
    <ItemGroup>
      <ManagedAssemblyToLink Condition="\$([System.String]::Copy('%(Filename)').StartsWith('VaeToolkit.'))">
        <TrimmerSingleWarn>false</TrimmerSingleWarn>
      </ManagedAssemblyToLink>
    </ItemGroup>
  </Target>
</Project>
XML
}

solution() {
    local file=$1
    shift
    say "<Solution>$(printf '<Project Path="%s.csproj" />' $(printf '%s\n' "$@" | sed 's:.*:&/&:'))</Solution>" >"$file"
}

build_applications() {
    local built=(every "${libraries[@]#*.}") published=(trimmed single)
    [[ -z $linker ]] || published+=(native)
    solution "$apps/all.slnx" "${built[@]}" "${published[@]}"
    solution "$apps/built.slnx" "${built[@]}"
    quietly dotnet restore "$apps/all.slnx" || fail 'the applications are not restored'
    quietly dotnet build "$apps/built.slnx" -c Release --no-restore || fail 'the applications are not built'
    quietly dotnet publish "$apps/trimmed" -c Release --no-restore -o "$apps/trimmed/out" || fail 'nothing is trimmed'
    quietly dotnet publish "$apps/single" -c Release --no-restore -o "$apps/single/out" || fail 'there is no single file'
    [[ -z $linker ]] || quietly dotnet publish "$apps/native" -c Release --no-restore -o "$apps/native/out" || fail 'nothing is native'
}

without_decimals() { sed -E 's/-?[0-9]+\.[0-9]+(E[+-]?[0-9]+)?|-?[0-9]+E[+-]?[0-9]+/#/g; s/ +/ /g; s/ $//'; }

# Runs a program in a folder of its own and compares what it prints with what comes from standard input.
prints() {
    local name=$1 wanted started=$SECONDS
    shift
    wanted=$(without_decimals)
    mkdir -p "$scratch/run/$name"
    # What libtorch has to say of a machine goes to the error stream.
    if ! (cd "$scratch/run/$name" && "$@") >"$scratch/run/$name.txt" 2>"$scratch/run/$name.errors" </dev/null; then
        fail "$name ends with an error:"
        tail -n 20 "$scratch/run/$name.txt" "$scratch/run/$name.errors"
    elif diff <(cat <<<"$wanted") <(without_decimals <"$scratch/run/$name.txt"); then
        say "$name: as expected, $((SECONDS - started)) s: $(tail -n 1 "$scratch/run/$name.txt")"
    else
        fail "$name prints something else:"
        cat "$scratch/run/$name.txt"
    fi
}

run_applications() {
    for library in "${libraries[@]}"; do
        prints "$library" "$apps/${library#*.}/bin/Release/net10.0/${library#*.}" < <(block "$root/src/$library/PACKAGE.md" text 1)
    done
    prints every "$apps/every/bin/Release/net10.0/every" <"$root/eng/packages/every.txt"
    prints trimmed "$apps/trimmed/out/trimmed" <"$root/eng/packages/every.txt"
    prints single "$apps/single/out/single" <"$root/eng/packages/every.txt"
    if [[ -n $linker ]]; then
        prints native "$apps/native/out/native" <"$root/eng/packages/every.txt"
    else
        say 'native: skipped, there is neither clang nor gcc to link with'
    fi
    prints one-file dotnet run "$apps/one-file/vae.cs" < <(block "$root/README.md" text 1)
}

# Whether an application is refused by a command, and for the reason that its message gives.
refuses() {
    local what=$1 reason=$2
    shift 2
    if dotnet "$@" -p:TreatWarningsAsErrors=false >"$scratch/log" 2>&1 </dev/null; then
        fail "$what: accepted"
    elif grep -q "$reason" "$scratch/log"; then
        say "$what: refused"
    else
        fail "$what: refused, but it does not say why:"
        tail -n 5 "$scratch/log"
    fi
}

pack "$@" || fail 'dotnet pack fails or warns'
for library in "${libraries[@]}"; do inspect "$library"; done
took packed
started=$SECONDS
write_applications
build_applications
took 'built and published' "$started"
started=$SECONDS
run_applications
refuses 'two libraries of different versions' NU1107 restore "$apps/siblings"
refuses 'another version of Core' NU1107 restore "$apps/mixed"
took run "$started"
exit "$failed"
