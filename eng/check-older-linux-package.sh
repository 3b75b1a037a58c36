#!/usr/bin/env bash
# Checks the package of Core as an application on an older Linux gets it: packs it, and runs a throw-away program built with and without
# AdaptTorchSharpToOlderLinux, by `dotnet run` and from published folders. Nothing is left but what NuGet caches of other packages.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
version() { sed -n "s:.*<$1 [^>]*>\(.*\)</$1>.*:\1:p" "$root/Directory.Packages.props"; }
# A version of its own, so that no package of the same name is taken from the cache.
mine=0.0.0-check.$$
scratch=$(mktemp -d)
cache=${NUGET_PACKAGES:-$HOME/.nuget/packages}
trap 'rm -rf "$scratch" "$cache/vaetoolkit.core/$mine"' EXIT
library=$cache/torchsharp/$(version TorchSharpVersion)/runtimes/linux-x64/native/libLibTorchSharp.so
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
failed=0

quietly() { "$@" >"$scratch/log" 2>&1 </dev/null || { cat "$scratch/log"; return 1; }; }
expect() {
    local what=$1 wanted=$2
    shift 2
    "$@" >"$scratch/log" 2>&1 </dev/null || true
    if grep -qF -- "$wanted" "$scratch/log"; then
        echo "as expected: $what"
    else
        echo "FAILED: $what: no '$wanted' in:"
        tail -n 20 "$scratch/log"
        failed=1
    fi
}

quietly dotnet pack "$root/src/VaeToolkit.Core" -p:Version="$mine" -o "$scratch/feed"
mkdir "$scratch/app" && cd "$scratch/app"
cat >nuget.config <<XML
<configuration><packageSources><add key="check" value="$scratch/feed" /></packageSources></configuration>
XML
cat >app.csproj <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <InvariantGlobalization>true</InvariantGlobalization>
    <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="VaeToolkit.Core" Version="$mine" />
    <PackageReference Include="libtorch-cpu-linux-x64" Version="$(version LibTorchVersion)" />
  </ItemGroup>
</Project>
XML
cat >Program.cs <<'CS'
try
{
    VaeToolkit.Runtime.TorchRuntime.Prepare();
    System.Console.WriteLine($"it runs: {TorchSharp.torch.ones(3).sum().item<float>()}");
}
catch (System.DllNotFoundException e)
{
    System.Console.WriteLine(e.Message);
}
CS
quietly dotnet restore
before=$(sha256sum "$library")
on=-p:AdaptTorchSharpToOlderLinux=true
expect 'without the property, the sentence' 'has to say <AdaptTorchSharpToOlderLinux>true</AdaptTorchSharpToOlderLinux>' dotnet run
expect 'with it, one line of the build' 'TorchSharp adapted to this system' dotnet build --no-restore "$on"
expect 'with it, dotnet run' 'it runs: 3' dotnet run "$on"
expect 'built again, nothing to do' 'Build succeeded' dotnet build --no-restore "$on"
! grep 'TorchSharp adapted' "$scratch/log" || { echo 'FAILED: adapted twice'; failed=1; }
quietly dotnet publish --no-restore "$on" -o "$scratch/portable"
expect 'published without a runtime identifier' 'it runs: 3' dotnet "$scratch/portable/app.dll"
rm -rf "$scratch/portable"
quietly dotnet publish "$on" -r linux-x64 --self-contained false -o "$scratch/rid"
expect 'published for linux-x64' 'it runs: 3' "$scratch/rid/app"
rm -rf "$scratch/rid"
expect 'turned off again' 'has to say <AdaptTorchSharpToOlderLinux>true</AdaptTorchSharpToOlderLinux>' dotnet run
if [[ $(sha256sum "$library") == "$before" ]]; then
    echo "as expected: the package's file is untouched"
else
    echo "FAILED: $library was changed"
    failed=1
fi
exit "$failed"
