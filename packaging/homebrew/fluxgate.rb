# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# The formula of Homebrew, for a tap of your own.
class Fluxgate < Formula
  desc "Circuit breaker for C++20, header-only"
  homepage "https://example.org/fluxgate" # where you have found this file
  url "https://example.org/fluxgate.git", tag: "v0.1.0"
  license "MIT"

  depends_on "cmake" => :build

  def install
    system "cmake", "-S", ".", "-B", "build", "-DFLUXGATE_BUILD_TESTS=OFF", "-DFLUXGATE_BUILD_EXAMPLES=OFF",
                    *std_cmake_args
    system "cmake", "--install", "build"
  end

  test do
    (testpath/"main.cpp").write <<~CPP
      #include <fluxgate/fluxgate.hpp>
      int main() {
          fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{5}};
          return breaker.call([] { return 0; });
      }
    CPP
    system ENV.cxx, "-std=c++20", "main.cpp", "-I#{include}", "-o", "main"
    system "./main"
  end
end
