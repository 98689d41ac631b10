#!/usr/bin/env bash
# The unit tests and the conformance vectors on other platforms, by Debian 12's cross compilers and emulators.
#
#     tests/proof/platforms/run.sh                 all platforms
#     tests/proof/platforms/run.sh PLATFORM...     these alone: i386 armhf aarch64 s390x riscv64 windows
#
# As root it installs the packages; as another user they are there already.
set -euo pipefail
cd "$(dirname "$0")/../../.."

if [ $# -eq 0 ]; then
    set -- i386 armhf aarch64 s390x riscv64 windows
fi

packages=(cmake ninja-build catch2)
for platform in "$@"; do
    toolchain="tests/proof/platforms/$platform.cmake"
    [ -f "$toolchain" ] || { echo "there is no platform $platform" >&2; exit 2; }
    IFS=', ' read -ra needed <<<"$(sed -n 's/^# Debian.s packages: \(.*\)\.$/\1/p' "$toolchain")"
    packages+=("${needed[@]}")
done
if [ "$(id -u)" -eq 0 ]; then
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"
fi

export WINEDEBUG=-all
mkdir -p build/platform
results=build/platform/results.txt
: >"$results"
for platform in "$@"; do
    log="build/platform/$platform.log"
    echo "==== $platform"
    if FLUXGATE_PLATFORM=$platform cmake --workflow --preset platform >"$log" 2>&1; then
        echo "$platform: $(grep 'tests passed' "$log")" | tee -a "$results"
    else
        tail -40 "$log"
        echo "$platform: failed; $log says where" | tee -a "$results"
    fi
done
echo "==== all"
cat "$results"
! grep -q 'failed;' "$results"
