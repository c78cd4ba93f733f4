// SPDX-License-Identifier: Apache-2.0
// Carries the precompiled header; a program of its own is never built.
