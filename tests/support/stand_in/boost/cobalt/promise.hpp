// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

namespace boost::cobalt {

/// A coroutine that begins at once. Nothing stands in for it but its name.
template <class T>
class promise;

}  // namespace boost::cobalt
