// SPDX-License-Identifier: Apache-2.0
// The only place that includes Boost.DLL; private to plugin_library.cpp.
//
// BOOST_DLL_USE_STD_FS keeps Boost's own libraries out of the link. Debian 12's 1.74 then needs <vector>
// before its headers (mended in 1.81). Not <boost/dll/alias.hpp>: it leaves unique symbols behind.
#pragma once

#ifndef BOOST_DLL_USE_STD_FS
#define BOOST_DLL_USE_STD_FS
#endif

#include <filesystem>
#include <vector>

// Kept apart from the lines above: sorted together they would not compile.
#include <boost/dll/shared_library.hpp>
