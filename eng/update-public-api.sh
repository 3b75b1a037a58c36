#!/usr/bin/env bash
# Writes src/*/PublicAPI.Unshipped.txt anew: what each library offers and PublicAPI.Shipped.txt has not. Its diff is the review of a change
# of the public API. A name that was shipped and is gone ends it with an error: that one is decided by hand.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
libraries=()
for page in src/*/PACKAGE.md; do libraries+=("$(dirname "$page")"); done

for library in "${libraries[@]}"; do
    [[ -f $library/PublicAPI.Shipped.txt ]] || echo '#nullable enable' >"$library/PublicAPI.Shipped.txt"
    echo '#nullable enable' >"$library/PublicAPI.Unshipped.txt"
done
# What the files lack is a warning here and not an error, so that one build finds all of it.
for library in "${libraries[@]}"; do
    dotnet build "$library" -c Release -p:TreatWarningsAsErrors=false -v quiet -clp:NoSummary >>"$log" 2>&1 </dev/null ||
        { cat "$log"; exit 1; }
done
for library in "${libraries[@]}"; do
    sed -nE "s|.*RS0016: [^']*'(.*)' is not part of .*\[.*/$library/.*|\1|p" "$log" | LC_ALL=C sort -u >>"$library/PublicAPI.Unshipped.txt"
    echo "$library: $(($(wc -l <"$library/PublicAPI.Unshipped.txt") - 1)) not yet shipped"
done
! grep -E 'RS0017' "$log"
