#!/usr/bin/env bash
# Parses the headers for targets for which nothing of ours is run, by Clang 19 and those targets' C libraries, on Debian 12.
#
#     tests/proof/platforms/parse.sh               all targets
#     tests/proof/platforms/parse.sh TARGET...     these alone: musl windows wasm
#
# As root it installs the packages; as another user they are there already. For wasm it downloads 109 MB, once.
set -euo pipefail
cd "$(dirname "$0")/../../.."

work=build/platform/parse
mkdir -p "$work"
if [ $# -eq 0 ]; then
    set -- musl windows wasm
fi

for target in "$@"; do
    case "$target" in
        musl | windows | wasm) ;;
        *)
            echo "there is no target $target; the targets are musl, windows and wasm" >&2
            exit 2
            ;;
    esac
done

install() {
    if [ "$(id -u)" -eq 0 ]; then
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    fi
}
if [ "$(id -u)" -eq 0 ]; then
    apt-get update
fi
install clang-19 libc++-19-dev

# All headers that need the standard library alone, as the module has them.
grep '^#include <fluxgate/' include/fluxgate/fluxgate.cppm >"$work/all.cpp"

llvm=/usr/lib/llvm-19
libcxx=(-nostdinc -nostdinc++ -isystem "$llvm/include/c++/v1" -isystem "$llvm/lib/clang/19/include"
    -D_LIBCPP_HAS_MUSL_LIBC)
for target in "$@"; do
    case "$target" in
        musl)
            install musl-dev
            flags=(--target=x86_64-linux-musl "${libcxx[@]}" -isystem /usr/include/x86_64-linux-musl)
            ;;
        windows)
            install g++-mingw-w64-x86-64-posix
            flags=(--target=x86_64-w64-mingw32)
            ;;
        wasm)
            # Of Emscripten, the headers of its C library with threads; its compiler is older than C++20.
            if [ ! -d "$work/emscripten" ]; then
                (cd "$work" && apt-get download emscripten && dpkg-deb --extract emscripten_*.deb emscripten)
            fi
            flags=(--target=wasm32-unknown-emscripten -pthread -fexceptions "${libcxx[@]}"
                -isystem "$work/emscripten/usr/share/emscripten/cache/sysroot/include")
            ;;
    esac
    clang++-19 -std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -DFLUXGATE_SHOWS_WARNINGS \
        "${flags[@]}" -Iinclude -fsyntax-only "$work/all.cpp"
    echo "$target: parsed"
done
