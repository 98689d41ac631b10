# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# The derivation of Nix: nix-build packaging/nix
{ pkgs ? import <nixpkgs> { } }:

pkgs.stdenv.mkDerivation {
  pname = "fluxgate";
  version = "0.1.0";
  src = pkgs.lib.cleanSource ../..;

  nativeBuildInputs = [ pkgs.cmake pkgs.ninja ];
  # Relative, for a package that can be moved; behind the absolute one of CMake's hook.
  cmakeFlags = [
    "-DFLUXGATE_BUILD_TESTS=OFF"
    "-DFLUXGATE_BUILD_EXAMPLES=OFF"
    "-DCMAKE_INSTALL_INCLUDEDIR=include"
  ];

  meta = {
    description = "A circuit breaker for C++20, header-only";
    license = pkgs.lib.licenses.mit;
  };
}
