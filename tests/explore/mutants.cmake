# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# The mutants: faults of the kind that a change to the library may bring. instrument.cmake, where mutant() is
# described, plants them all in the copy of the headers; FLUXGATE_MUTANT switches one on. FOUND_BY is a test
# that finds it.

# ---- The word and its moments ---------------------------------------------------------------------

mutant("the word is read without acquire"
    FOUND_BY "a clean circuit: a success, a failure, a look"
    IN detail/machine/period.hpp
    WEAKENS [[return word_.load(std::memory_order_acquire);]])
